/** What stands between an item and its run. */
export interface Missing {
  /** In the words of the spec that skips. */
  reason: string
  /** Variables for the command that runs it: `PERF_ENGINE=ollama`. None where no setting is enough. */
  settings: readonly string[]
  /** To be done first, in words or as a command; null for nothing. */
  first: string | null
  /** The command must run as root. */
  asRoot?: boolean
  /** No skip but an error: the user asked for what is not there. */
  isError?: boolean
}
