/** A server that runs already, and where it is. */
export interface AttachOptions {
  /** With or without /v1 at its end. */
  url: string
  /** The server's process on this machine, where its socket does not tell (a container's published port). */
  pid?: number
  /** Name or id of the Docker container that the server runs in: its processes are sampled, its log is read. */
  container?: string
  /** From the environment; sent as a bearer token, and nowhere else. */
  apiKey?: string
}
