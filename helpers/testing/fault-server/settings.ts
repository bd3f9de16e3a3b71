/** What goes wrong with a request that was chosen. */
export const faultKinds = [
  'http-500',
  'eof-without-finish',
  'no-done',
  'no-usage',
  'error-record',
  'proxy-error',
  'malformed-json',
  'stall',
  'reset',
  'no-answer',
  'wrong-length',
] as const

export type FaultKind = (typeof faultKinds)[number]

/** How the bytes of a stream are laid out. All of it is legal; a client that reads it wrong is wrong. */
export interface StreamShape {
  lineEnd: 'lf' | 'crlf' | 'cr'
  /** `data: {…}` or `data:{…}`. */
  dataSpace: boolean
  /** A comment before every event, as llama-server's pings are. */
  comments: boolean
  /** The empty role chunk leaves at once, long before the first token. */
  earlyRole: boolean
  /** So many tokens come as `reasoning_content` first. */
  reasoningTokens: number
  /** Events in one write; 1 is what servers do when tokens come one at a time. */
  eventsPerWrite: number
  /** Writes an event is spread over, a few milliseconds apart. */
  writesPerEvent: number
  /** Tokens of several bytes, each event cut in the middle of a character. */
  splitUtf8: boolean
}

export interface FaultSettings {
  model: string
  /** From the start of the work on a request to its first token. */
  ttftMs: number
  /** Per stream; null: as fast as the connection takes them. */
  tokensPerSecond: number | null
  /** Requests worked on at once; more wait. null: no limit. */
  slots: number | null
  /** Every n-th completion request goes wrong, counted from 1 since the server started. */
  fault: { kind: FaultKind; every: number } | null
  /** Allocated and touched with every completion request, and never freed: the process's RSS grows. */
  leakBytesPerRequest: number
  /** After every so many requests all times are `factor` times as long as before. */
  slowdown: { everyRequests: number; factor: number } | null
  /** After every so many requests, once nothing runs, the model is unloaded and comes back as another instance. */
  reload: { everyRequests: number; pauseMs: number } | null
  stream: StreamShape
}

export const defaultSettings: FaultSettings = {
  model: 'fault-model',
  ttftMs: 5,
  tokensPerSecond: 1000,
  slots: null,
  fault: null,
  leakBytesPerRequest: 0,
  slowdown: null,
  reload: null,
  stream: {
    lineEnd: 'lf',
    dataSpace: true,
    comments: false,
    earlyRole: false,
    reasoningTokens: 0,
    eventsPerWrite: 1,
    writesPerEvent: 1,
    splitUtf8: false,
  },
}

/** Settings to change; what is not named stays as it is. */
export type SettingsChange = Partial<Omit<FaultSettings, 'stream'>> & { stream?: Partial<StreamShape> }

export const mergeSettings = (settings: FaultSettings, change: SettingsChange): FaultSettings => ({
  ...settings,
  ...change,
  stream: { ...settings.stream, ...change.stream },
})
