/**
 * Takes more memory than its group may have, and goes over it round and round, so that it pages. Started by
 * measurePaging with an IPC channel; takes a PagingOrder as its only message, answers with one PagingMessage. Swap
 * traffic is the machine's (/proc/vmstat): nobody else is short of memory while only this process's group is limited.
 */
import { closeSync, fsyncSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../../clock.ts'
import { numberAfter } from '../../processes/process-memory.ts'
import { MemoryBlock } from '../pressure/memory-block.ts'
import type { PagingMessage, PagingOrder, PagingResult, PagingRound } from './paging-protocol.ts'

const PIECE = Buffer.allocUnsafeSlow(2 ** 20)

process.once('disconnect', () => process.exit(0))
process.once('message', (order: PagingOrder) => {
  try {
    tell({ type: 'done', result: page(order) })
  } catch (error) {
    tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
})

function page(order: PagingOrder): PagingResult {
  // First, while there is room: what is taken afterwards drives it out again or is driven out by it.
  const file = order.fileBytes > 0 ? writeFile(order) : null
  const block = new MemoryBlock()
  const filled = fill(block, order)
  const rounds: PagingRound[] = []
  const startedAt = monotonicMs()
  while (rounds.length < order.rounds && (rounds.length === 0 || monotonicMs() - startedAt < order.limitMs)) {
    rounds.push(goRound(block, file, order))
  }
  if (file !== null) closeSync(file)
  return { ...filled, rounds }
}

function fill(block: MemoryBlock, order: PagingOrder): Pick<PagingResult, 'usedShareAtFirstSwap' | 'fill'> {
  const start = swapTraffic(order)
  let first: { atMs: number; usedBytes: number } | null = null
  let usedBytes = 0
  while (block.bytes < order.anonymousBytes) {
    const atMs = monotonicMs()
    block.grow(order.anonymousBytes - block.bytes)
    if (first !== null) continue
    // The most that it had: to make room, more goes out at once than the piece that needed it.
    usedBytes = Math.max(usedBytes, Number(readFileSync(order.usageFile, 'utf8')))
    if (swapTraffic(order).outBytes > start.outBytes) first = { atMs, usedBytes }
  }
  if (first === null) return { usedShareAtFirstSwap: null, fill: null }
  return {
    usedShareAtFirstSwap: first.usedBytes / order.limitBytes,
    fill: { ms: monotonicMs() - first.atMs, swapOutBytes: swapTraffic(order).outBytes - start.outBytes },
  }
}

function goRound(block: MemoryBlock, file: number | null, order: PagingOrder): PagingRound {
  const before = swapTraffic(order)
  const startedAt = monotonicMs()
  block.touch()
  for (let at = 0; file !== null && at < order.fileBytes; at += PIECE.length) readSync(file, PIECE, 0, PIECE.length, at)
  const ms = monotonicMs() - startedAt
  const after = swapTraffic(order)
  return { ms, swapInBytes: after.inBytes - before.inBytes, swapOutBytes: after.outBytes - before.outBytes }
}

/** By this process, so that its pages count for its group; without a name, so that it ends with it. */
function writeFile({ directory, fileBytes }: PagingOrder): number {
  const path = join(directory, `paging-${process.pid}`)
  const file = openSync(path, 'wx+')
  rmSync(path)
  for (let written = 0; written < fileBytes; written += PIECE.length)
    writeSync(file, PIECE, 0, Math.min(PIECE.length, fileBytes - written))
  fsyncSync(file)
  return file
}

function swapTraffic({ pageBytes }: PagingOrder): { inBytes: number; outBytes: number } {
  const text = readFileSync('/proc/vmstat', 'utf8')
  const bytes = (key: string): number => (numberAfter(text, `${key} `) ?? Number.NaN) * pageBytes
  return { inBytes: bytes('pswpin'), outBytes: bytes('pswpout') }
}

function tell(message: PagingMessage): void {
  process.send?.(message, undefined, undefined, () => process.exit(0))
}
