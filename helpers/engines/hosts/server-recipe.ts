import type { EngineName } from '../engine.ts'

/** Where a server will run, as its arguments must name it. */
export interface ServerPlace {
  /** Address to listen on. */
  host: string
  port: number
  /** A file or folder of this machine by the name that it has there; a container gets it mounted, read-only. */
  path(local: string): string
}

/** How a server of an engine is started: the same for a binary on the PATH and for a container. */
export interface ServerRecipe {
  engine: EngineName
  /** For people: `Ollama`, `vLLM serving tiny-qwen2`. */
  title: string
  /** Program on the PATH; the image's entrypoint is the same program. */
  program: string
  arguments(place: ServerPlace): string[]
  /** Added to what the server inherits: the whole environment as a binary, `inherited` as a container. */
  environment(place: ServerPlace): Record<string, string>
  /** Names of this process's environment variables that a container gets too: /^VLLM_/. */
  inherited: RegExp
  /** Answers with 200 as soon as the server is up: `/health`. */
  readyPath: string
  startLimitMs: number
  container: {
    /** Pinned by tag. */
    image: string
    port: number
    /** GPUs of the machine, if it has any. */
    gpus: boolean
    sharedMemoryBytes?: number
    ipc?: 'host'
    ulimits?: Record<string, { soft: number; hard: number }>
    /** Folders that outlive the container: models, compile caches. Named volumes, by the folder inside. */
    volumes?: { name: string; target: string }[]
  }
  /** Sees every line of the server's log, in order. */
  onLogLine?(line: string): void
}
