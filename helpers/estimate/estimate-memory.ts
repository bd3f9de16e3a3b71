import type { LoadSettings } from '../engines/index.ts'
import type { ModelSize } from './model-size.ts'

export interface MemoryInput {
  model: ModelSize
  /** Of each slot. */
  contextTokens: number
  slots: number
  /** f16 unless said, llama.cpp's default. */
  kvCacheType?: NonNullable<LoadSettings['kvCacheType']>
  /** Tokens that are evaluated together (llama.cpp's n_ubatch); 512 unless said, its default. */
  batchTokens?: number
  /** How much of it is really used at once, by how many slots; all of it unless said. */
  inUse?: { slots: number; tokens: number }
  /** Pages of the file are the weights; otherwise they are copied. True unless said, llama.cpp's default. */
  memoryMap?: boolean
  /** The program around llama.cpp; the embedded engine's unless said. */
  program?: ProgramName
}

/** Host memory of one model on a CPU, in bytes. */
export interface MemoryEstimate {
  weightsBytes: number
  /**
   * Of the weights: clean pages of the file, which the kernel drops when memory is short and reads again when they are
   * used. Nothing is killed for them; a model that misses them is slow.
   */
  droppableBytes: number
  kvBytes: number
  computeBytes: number
  processBytes: number
  /** Everything, weights that can be dropped included. */
  totalBytes: number
  /** What must be there or something is killed: everything but what can be dropped. */
  heldBytes: number
  /**
   * How much more than `heldBytes` one load may hold: two loads of the same model differ by as much. Not part of the sums.
   */
  spreadBytes: number
}

export type ProgramName = 'embedded' | 'native'

/**
 * What a process takes before it has a model, and for each token of its vocabulary: it lies in llama.cpp's maps, and in
 * the metadata that node-llama-cpp reads.
 *
 * - embedded: what 27 loads took beyond weights and KV cache (Node 24, node-llama-cpp 3.22, x86-64), with vocabularies of
 *   2,048 to 151,936 tokens: 48 to 131 MiB. V8's garbage makes up to 6 MiB of difference between loads of one model.
 * - native: the same of four loads in llama-server b11669, 7 to 50 MiB, within 2 MiB.
 */
const programs: Record<ProgramName, { baseBytes: number; bytesPerToken: number; spreadBytes: number }> = {
  embedded: { baseBytes: 47 * 2 ** 20, bytesPerToken: 590, spreadBytes: 6 * 2 ** 20 },
  native: { baseBytes: 8 * 2 ** 20, bytesPerToken: 300, spreadBytes: 2 * 2 ** 20 },
}

/** Bytes of one value: f16, and ggml's blocks of 32 values (ggml-common.h). */
const bytesPerKvValue = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const

/** What the kernel takes for a process besides: 8 bytes a page of 4 KiB in its page tables; stacks, sockets and maps. */
const pageTableShare = 8 / 4096
const kernelBaseBytes = 2 * 2 ** 20

/**
 * What llama.cpp keeps of each cell beside keys and values: position, shift, two coordinates, a bit for each of 256
 * sequences (llama-kv-cells.h).
 */
const bytesPerCell = 4 + 4 + 8 + 256 / 8

/** KV caches are made for whole multiples of this (llama.cpp pads contexts to 256 tokens). */
const contextStep = 256

/**
 * Host memory of one loaded model that works, on a CPU. Pure.
 *
 * - Weights: the file's tensors. Types that are repacked are copied even from a mapped file, and a tied embedding is then
 *   there twice: as it is stored for look-ups, and repacked as the output matrix.
 * - KV cache: values per token × bytes per value × context × slots, and 48 bytes for each cell; llama.cpp writes all of it
 *   when it is made.
 * - Compute: of the buffer that llama.cpp reserves only what a batch touches is taken. That is, in 32-bit floats for each
 *   token of a batch, gate, up and their product in the feed-forward layer, the copy of it that is quantised for the next
 *   product (34/128 of a float, q8_0), and three rows of the residual stream; the attention mask in f16, batch × tokens in
 *   use; one row of logits a slot with what sampling makes of it (12 bytes a candidate). Against 28 loads of 12
 *   shapes of model (÷ 16 and whole) it was 4 MiB too little to 5 MiB too much. The reserved logits of a whole batch (vocabulary × batch × 4 bytes) are never touched,
 *   since only the last token of a prompt asks for them.
 */
export function estimateMemory(input: MemoryInput): MemoryEstimate {
  const { model, contextTokens, slots, kvCacheType = 'f16', batchTokens = 512, program = 'embedded' } = input
  const { inUse = { slots, tokens: contextTokens }, memoryMap = true } = input
  const weightsBytes = model.tensorBytes + (memoryMap ? model.repackedBytes : model.twiceBytes)
  const droppableBytes = memoryMap ? model.tensorBytes : 0
  const cells = Math.ceil(contextTokens / contextStep) * contextStep * slots
  const kvBytes = (model.kvValuesPerToken * bytesPerKvValue[kvCacheType] + bytesPerCell) * cells
  const batch = Math.min(batchTokens, inUse.tokens)
  const computeBytes =
    batch * 4 * ((3 + 34 / 128) * model.feedForward + 3 * model.embedding) +
    batch * 2 * inUse.tokens +
    inUse.slots * model.vocabulary * (4 + 12)
  const { baseBytes, bytesPerToken, spreadBytes } = programs[program]
  const ownBytes = weightsBytes + kvBytes + computeBytes
  const processBytes = baseBytes + bytesPerToken * model.vocabulary + kernelBaseBytes + ownBytes * pageTableShare
  const totalBytes = ownBytes + processBytes
  const parts = { weightsBytes, droppableBytes, kvBytes, computeBytes, processBytes, totalBytes }
  return { ...rounded(parts), heldBytes: Math.ceil(totalBytes - droppableBytes), spreadBytes }
}

const rounded = <T extends Record<string, number>>(parts: T): T =>
  // Same keys, rounded values.
  Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, Math.ceil(bytes)])) as T
