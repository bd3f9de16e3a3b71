import type { ModelFile } from '../engines/index.ts'
import { CouldNotMeasureError } from '../errors.ts'
import { absent } from '../measured.ts'
import type { LoadTrial } from './load-and-ask.ts'
import type { TrialRow } from './trial-row.ts'
import type { TrialEnd } from './try-loads.ts'

/** How trials are made here: `tryInCage`, or `tryWithinBudget` on an engine. */
export type TrialGround = (trial: LoadTrial) => Promise<TrialEnd>

type TrialSize = Omit<LoadTrial, 'models'>

/** One question: does this fit? */
export interface TrialCase extends TrialSize {
  label: string
  predictedBytes: number
  /** Written, fetched or found only when it comes to the try. */
  models(): Promise<readonly ModelFile[]>
}

/** How many copies fit at once? */
export interface Filling extends TrialSize {
  labelOf(copies: number): string
  predictedBytes(copies: number): number
  /** No more than these are tried. */
  copies(): Promise<readonly ModelFile[]>
}

/** Predicts, then tries, and keeps every step. */
export class Prover {
  readonly rows: TrialRow[] = []
  readonly #ground: TrialGround

  constructor(ground: TrialGround) {
    this.#ground = ground
  }

  /**
   * Whether all of it was loaded and answered. What could not be tried, for want of memory or disk on this machine, counts
   * as a no, and its row says why.
   */
  async fits({ label, predictedBytes, models, ...size }: TrialCase): Promise<boolean> {
    const end = await this.#try(size, models)
    this.#keep(label, predictedBytes, size, end)
    return end.outcome === 'fitted'
  }

  /**
   * Loads copy after copy until one does not fit, and resolves with how many did. The last steps are kept as rows: two
   * before the end, and the end.
   */
  async fill({ labelOf, predictedBytes, copies, ...size }: Filling): Promise<number> {
    const end = await this.#try(size, copies)
    const { standing, standingBytes } = end
    for (const [index, bytes] of standingBytes.entries()) {
      const n = index + 1
      if (n < standing - 1 || (n === standing && end.outcome === 'fitted')) continue
      const step = { outcome: 'fitted', realBytes: bytes, detail: '' } as const
      this.#keep(labelOf(n), predictedBytes(n), size, step)
    }
    const n = end.outcome === 'fitted' ? standing : standing + 1
    this.#keep(labelOf(n), predictedBytes(n), size, end)
    return standing
  }

  async #try(size: TrialSize, models: () => Promise<readonly ModelFile[]>): Promise<TryEnd> {
    try {
      return await this.#ground({ ...size, models: await models() })
    } catch (error) {
      if (!(error instanceof CouldNotMeasureError)) throw error
      const realBytes = absent('it was not tried')
      return { outcome: 'not tried', standing: 0, standingBytes: [], realBytes, detail: error.message }
    }
  }

  #keep(
    label: string,
    predictedBytes: number,
    { limitBytes }: TrialSize,
    { outcome, realBytes, detail }: Pick<TrialRow, 'outcome' | 'realBytes' | 'detail'>,
  ): void {
    const predictedFits = predictedBytes <= limitBytes
    this.rows.push({ label, limitBytes, predictedBytes, predictedFits, outcome, realBytes, detail })
  }
}

type TryEnd = Omit<TrialEnd, 'outcome'> & Pick<TrialRow, 'outcome'>
