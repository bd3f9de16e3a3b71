import { measured } from '../../measured.ts'
import { readText } from '../../processes/proc-file.ts'
import { RisingSum } from './rising-sum.ts'
import { allAbsent, type Source } from './source.ts'

const metrics = ['networkInBytes', 'networkOutBytes'] as const

/** The loopback, and the inner ends of containers and bridges, whose bytes pass a real interface too or never leave. */
const left = /^(lo|veth.*|docker\d+|br-.*|virbr.*|cni.*|flannel.*|cali.*)$/

/** Bytes received and sent by the machine's interfaces, from /proc/net/dev. */
export function networkSource(procRoot: string): Source {
  const path = `${procRoot}/net/dev`
  const received = new RisingSum()
  const sent = new RisingSum()
  return {
    metrics,
    sample: () => {
      const text = readText(path)
      if (text.state === 'absent') return allAbsent(metrics, text.reason)
      const interfaces = text.value
        .split('\n')
        .map(line => line.trim().split(/[:\s]+/))
        .filter(columns => columns.length >= 17 && !left.test(columns[0] ?? ''))
      if (interfaces.length === 0) return allAbsent(metrics, `${path} has no interface but the loopback`)
      const column = (index: number) => new Map(interfaces.map(row => [row[0] ?? '', Number(row[index])]))
      return { networkInBytes: measured(received.add(column(1))), networkOutBytes: measured(sent.add(column(9))) }
    },
  }
}
