/** Plan 002's failure modes, and the two that a distributed run adds. */
export type FailureKind =
  /** Of a GPU, of the host, of the KV cache: at the start or under load. */
  | 'memory exhaustion'
  /** A value that the engine, Ray or this suite refuses. */
  | 'configuration'
  | 'timeout'
  /** A process of the engine, a worker or the driver ended. */
  | 'process died'
  /** A cluster without the resources that were asked for. */
  | 'no resources'
  | 'unknown'
