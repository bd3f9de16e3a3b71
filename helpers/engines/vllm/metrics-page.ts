import { absent, type Measured, measured } from '../../measured.ts'

/** A name, labels (a value may hold anything, braces too), a number. */
const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/

interface Sample {
  name: string
  labels: string
  value: number
}

/**
 * vLLM's /metrics. It repeats a value for every engine of a data-parallel server, and a counter of requests for every
 * reason to finish, so a value is taken over all samples of its name.
 */
export class MetricsPage {
  readonly #samples: Sample[]

  constructor(text: string) {
    this.#samples = text.split(/\r?\n/).flatMap(line => {
      const [, name, labels = '', value] = sample.exec(line) ?? []
      return name === undefined ? [] : [{ name, labels, value: Number(value) }]
    })
  }

  sum(name: string): Measured {
    const values = this.#valuesOf(name, '')
    return values.length === 0 ? absent(`/metrics has no ${name}`) : measured(sumOf(values))
  }

  mean(name: string): Measured {
    const values = this.#valuesOf(name, '')
    return values.length === 0 ? absent(`/metrics has no ${name}`) : measured(sumOf(values) / values.length)
  }

  /** Sums of the samples that carry a label with this value; absent where none does. */
  sumWhere(name: string, label: string, value: string): Measured {
    const values = this.#valuesOf(name, `${label}="${value}"`)
    return values.length === 0 ? absent(`/metrics has no ${name} with ${label} ${value}`) : measured(sumOf(values))
  }

  #valuesOf(name: string, label: string): number[] {
    return this.#samples.flatMap(sample =>
      sample.name === name && sample.labels.includes(label) && !Number.isNaN(sample.value) ? [sample.value] : [],
    )
  }
}

const sumOf = (values: number[]): number => values.reduce((total, value) => total + value, 0)
