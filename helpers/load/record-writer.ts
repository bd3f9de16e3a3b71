import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { monotonicMs } from '../clock.ts'
import { BadInputError, RecordingError } from '../errors.ts'
import { messageOf } from './completion-event.ts'
import type { RecordHeader } from './record-schema.ts'
import type { RequestRecord } from './request-record.ts'

export interface RecordWriterOptions {
  workloadHash: string
  runId: string
  /** Goes on in a file that is there. Otherwise one that is there is an error: records are never overwritten. */
  resume?: boolean
}

/** Appends records to a JSONL file as they finish. */
export interface RecordWriter extends AsyncDisposable {
  readonly file: string
  /**
   * Hands the record to the file. Resolves at once, or when a full buffer has drained.
   * @throws RecordingError once anything could not be written.
   */
  write(record: RequestRecord): Promise<void>
  /**
   * Resolves when everything is with the operating system.
   * @throws RecordingError
   */
  flush(): Promise<void>
  /** @throws RecordingError when the last records could not be written. */
  close(): Promise<void>
}

/**
 * Opens a record file and writes its header.
 * @throws BadInputError when the file is there and `resume` is not set.
 * @throws RecordingError when it cannot be written.
 */
export async function openRecords(
  file: string,
  { workloadHash, runId, resume = false }: RecordWriterOptions,
): Promise<RecordWriter> {
  const handle = await openFile(file, resume)
  const stream = createWriteStream('', { fd: handle, highWaterMark: 256 * 1024 })
  const writer = new StreamRecordWriter(file, stream)
  const header: RecordHeader = {
    schema: 1,
    workload: workloadHash,
    run: runId,
    startedAt: new Date().toISOString(),
    monotonicMs: monotonicMs(),
  }
  try {
    await writer.line(header)
    // A disk that is full already is said before the first request.
    await writer.flush()
    return writer
  } catch (error) {
    await writer.close().catch(() => {})
    throw error
  }
}

class StreamRecordWriter implements RecordWriter {
  readonly file: string
  readonly #stream: WriteStream
  #failure: RecordingError | null = null
  /** The failure was thrown already: leaving a scope because of it must not throw it again, beside itself. */
  #isTold = false
  #drained: Promise<void> | null = null

  constructor(file: string, stream: WriteStream) {
    this.file = file
    this.#stream = stream
    stream.on('error', error => {
      this.#failure ??= recordingError(file, error)
    })
  }

  async write(record: RequestRecord): Promise<void> {
    await this.line(record)
  }

  async line(value: RecordHeader | RequestRecord): Promise<void> {
    this.#throwFailure()
    if (this.#stream.write(`${JSON.stringify(value)}\n`)) return
    this.#drained ??= this.#untilDrained()
    await this.#drained
  }

  async flush(): Promise<void> {
    this.#throwFailure()
    // Called back in order, so after everything that was written before.
    const error = await new Promise<Error | null | undefined>(resolve => this.#stream.write('', resolve))
    if (error) this.#failure ??= recordingError(this.file, error)
    this.#throwFailure()
  }

  async close(): Promise<void> {
    if (!this.#stream.closed) {
      if (!this.#stream.destroyed) this.#stream.end()
      await once(this.#stream, 'close').catch(() => {})
    }
    this.#throwFailure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasTold = this.#isTold
    await this.close().catch(error => {
      if (!wasTold) throw error
    })
  }

  #throwFailure(): void {
    if (this.#failure === null) return
    this.#isTold = true
    throw this.#failure
  }

  async #untilDrained(): Promise<void> {
    try {
      await once(this.#stream, 'drain')
    } catch (error) {
      this.#failure ??= recordingError(this.file, error)
      this.#throwFailure()
    } finally {
      this.#drained = null
    }
  }
}

async function openFile(file: string, resume: boolean): Promise<FileHandle> {
  try {
    if (!resume) return await open(file, 'ax')
    await dropTornLine(file)
    return await open(file, 'a')
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new BadInputError(
        `writing records to ${file}: the file is there already. Resume the run, or name another file: records are never overwritten.`,
        { cause: error },
      )
    }
    throw recordingError(file, error)
  }
}

/** Cuts off what a killed run left of its last line, so that the next record begins on a line of its own. */
async function dropTornLine(file: string): Promise<void> {
  const handle = await open(file, 'r+').catch(error => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (handle === null) return
  try {
    const { size } = await handle.stat()
    const block = Buffer.alloc(64 * 1024)
    let end = size
    while (end > 0) {
      const from = Math.max(0, end - block.length)
      const { bytesRead } = await handle.read(block, 0, end - from, from)
      const newline = block.subarray(0, bytesRead).lastIndexOf(10)
      if (newline !== -1) {
        if (from + newline + 1 < size) await handle.truncate(from + newline + 1)
        return
      }
      end = from
    }
    if (size > 0) await handle.truncate(0)
  } finally {
    await handle.close()
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function recordingError(file: string, error: unknown): RecordingError {
  const hint = codeOf(error) === 'ENOSPC' ? ' Free some space, or set PERF_OUTPUT to another disk.' : ''
  return new RecordingError(
    `writing records to ${file}: ${messageOf(error)}. What was written before is kept.${hint}`,
    { cause: error },
  )
}
