/** What the server does wrong, or slowly. Lines are counted from 1 over all batches. */
export interface BatchServerSettings {
  /** Where the requests go. */
  engineUrl: string
  /** Requests of a batch outstanding at once; a barrier after each so many. */
  concurrency: number
  /** When `request_counts` are updated: after each group of requests, or when the batch has ended. */
  counts: 'as they come' | 'at the end'
  /** Every n-th line is left out of both files. */
  loseEvery: number | null
  /** Every n-th line is written twice. */
  repeatEvery: number | null
  /** Every n-th line is not forwarded, and has an error of its own in the error file. */
  failEvery: number | null
  /** A line with this custom_id is written beside those that were sent. */
  stranger: string | null
  /** A line that is no JSON is written, too. */
  garbage: boolean
  /** The batch expires after so many lines; what is left has an error with the code `batch_expired`. */
  expireAfter: number | null
  /** The whole batch is refused for this reason. */
  refuse: string | null
  /** The body of a response is JSON inside of a text, as OGX 1.5 writes it. */
  bodyAsText: boolean
  /** DELETE /v1/files/… is allowed. */
  deletes: boolean
  /** Put before the names of the engine's models. */
  modelPrefix: string
  /** Nothing is asked for without this bearer token. */
  apiKey: string | null
}

export const defaultBatchServerSettings: Omit<BatchServerSettings, 'engineUrl'> = {
  concurrency: 8,
  counts: 'as they come',
  loseEvery: null,
  repeatEvery: null,
  failEvery: null,
  stranger: null,
  garbage: false,
  expireAfter: null,
  refuse: null,
  bodyAsText: false,
  deletes: true,
  modelPrefix: '',
  apiKey: null,
}
