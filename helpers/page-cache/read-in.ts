import { createReadStream } from 'node:fs'
import { filesOf } from './files.ts'

const blockBytes = 2 ** 20

/**
 * Reads a file, or all files of a folder, so that they are in the page cache while there is room.
 *
 * @throws the file system's error for a path that cannot be read.
 */
export async function readIntoPageCache(path: string): Promise<void> {
  for (const file of await filesOf(path)) {
    for await (const _ of createReadStream(file, { highWaterMark: blockBytes })) {
      // Read and let go.
    }
  }
}
