/** How a user wants an engine to be started. */
export interface StartOptions {
  /** null: the binary if it is on the PATH, else a container. */
  how: 'binary' | 'container' | null
  /** In place of the recipe's image. */
  image: string | null
  /** After the recipe's own. */
  arguments: string[]
  /** Ends the start; a server that is up does not mind. */
  signal?: AbortSignal
}
