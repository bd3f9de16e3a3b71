import type { Measured } from '../measured.ts'

/** What a pool needs of whatever loads its models. */
export interface ModelBackend {
  /** Every model that it can load, with the bytes that it will take as far as that is known before its load. */
  readonly estimatedBytes: ReadonlyMap<string, number>
  /**
   * Resolves when the model answers, with the bytes that it takes; absent where they cannot be seen. A load that fails
   * leaves nothing behind.
   */
  load(name: string): Promise<Measured>
  /** Resolves when the model's memory is free again. */
  unload(name: string): Promise<void>
}
