/** How a user wants an engine to be started. */
export interface StartOptions {
  /** null: the binary if it is on the PATH, else a container. */
  how: 'binary' | 'container' | null
  /** In place of the recipe's image. */
  image: string | null
  /** After the recipe's own. */
  arguments: string[]
  /** Over the recipe's own, and over what this process has; none unless said. */
  environment?: Record<string, string>
  /** Sees every line of the log of every server that is started, in order; a start is over when load() or the start resolves. */
  onLogLine?(line: string): void
  /** Ends the start; a server that is up does not mind. */
  signal?: AbortSignal
}
