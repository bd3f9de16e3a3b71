import { estimateMemory, sizeOfArchitecture } from '../estimate/index.ts'
import type { Measured } from '../measured.ts'
import { type Architecture, catalogue, type Quantisation } from '../models/index.ts'
import { formatQuantity } from '../units.ts'
import type { BatchConfiguration } from './configuration.ts'

/** What the engine may compute on. */
export interface MachineFacts {
  /** Empty where the engine computes on the CPU. */
  gpus: readonly { totalBytes: number }[]
  /** What the host can still give out; only looked at where there is no GPU. */
  hostAvailableBytes: Measured
}

/** What an engine needs memory for when it runs a configuration. */
export interface EngineNeeds {
  /** Of the model as it is run, scaled where it is; null where only the engine knows it, and nothing is said of its memory. */
  architecture: Architecture | null
  /** What its weights are stored in: bf16 in a Hugging Face folder. */
  quantisation: Quantisation
  /**
   * Requests whose KV cache must be there at once: 1 where others wait until there is room (vLLM), the slots of an engine
   * that makes all of its cache at the start (llama.cpp).
   */
  slots: number
  /** Engines side by side, each with weights of its own. */
  replicas: number
}

/** Why a configuration cannot run here: the field as it is in a file, what it holds and what it may hold. */
export interface Refusal {
  field: string
  value: string
  allowed: string
}

/** `model.tensor_parallel_size is 2; allowed: 1, as there is no GPU`. */
export const refusalInWords = ({ field, value, allowed }: Refusal): string =>
  `${field} is ${value}; allowed: ${allowed}`

/** The architecture of a model of the catalogue, by its own name or by what an engine calls it; null for any other. */
export function plannedArchitecture(name: string): Architecture | null {
  const isIt = ({ name: own, names }: (typeof catalogue)[number]) =>
    [own, names.huggingFace, names.ollama].includes(name)
  return catalogue.find(isIt) ?? null
}

/**
 * What of a configuration this machine cannot do; empty for nothing. Pure, and before anything is started.
 *
 * Memory is the least that it takes: weights, and the KV cache of `slots` requests with their whole answers, on a GPU
 * against the share that the engine may take, on a CPU with what computing takes besides. What is refused cannot fit; what
 * is not may still fail, since CUDA graphs, fragmentation and other programs are not foreseen.
 */
export function refusalsOf(configuration: BatchConfiguration, machine: MachineFacts, needs: EngineNeeds): Refusal[] {
  const parallel = tensorParallelism(configuration, machine, needs)
  // Which memory it would be is only known with as many GPUs as it wants.
  const memory = parallel.length > 0 ? [] : memoryOf(configuration, machine, needs)
  return [...parallel, ...context(configuration, needs), ...memory]
}

function tensorParallelism(
  { model: { tensorParallelSize } }: BatchConfiguration,
  { gpus }: MachineFacts,
  { architecture }: EngineNeeds,
): Refusal[] {
  const refused = (allowed: string): Refusal[] => [
    { field: 'model.tensor_parallel_size', value: String(tensorParallelSize), allowed },
  ]
  if (tensorParallelSize > Math.max(1, gpus.length)) {
    if (gpus.length === 0) return refused('1, as the engine has no GPU here')
    return refused(gpus.length === 1 ? '1, as there is one GPU' : `1 to ${gpus.length}, as there are so many GPUs`)
  }
  // vLLM: "Total number of attention heads must be divisible by tensor parallel size" (vllm/config/model.py).
  if (architecture === null || architecture.heads % tensorParallelSize === 0) return []
  return refused(`what divides the ${architecture.heads} attention heads of ${architecture.name}`)
}

function context({ inference, data }: BatchConfiguration, { architecture }: EngineNeeds): Refusal[] {
  if (architecture === null) return []
  const room = architecture.contextTokens - inference.maxTokens
  if (data.promptTokens <= room) return []
  const limit = `the context of ${architecture.name} is ${count(architecture.contextTokens)} tokens`
  return room < 1
    ? [
        {
          field: 'inference.max_tokens',
          value: count(inference.maxTokens),
          allowed: `1 to ${count(architecture.contextTokens - 1)}, as ${limit}`,
        },
      ]
    : [
        {
          field: 'data.prompt_tokens',
          value: count(data.promptTokens),
          allowed: `1 to ${count(room)} beside ${count(inference.maxTokens)} answered ones, as ${limit}`,
        },
      ]
}

function memoryOf(
  { model, inference, data }: BatchConfiguration,
  { gpus, hostAvailableBytes }: MachineFacts,
  { architecture, quantisation, slots, replicas }: EngineNeeds,
): Refusal[] {
  if (architecture === null) return []
  const estimate = estimateMemory({
    model: sizeOfArchitecture(architecture, quantisation),
    contextTokens: data.promptTokens + inference.maxTokens,
    slots,
    // The weights must be somewhere, also where the kernel may drop pages of them.
    memoryMap: false,
    inUse: { slots: 1, tokens: data.promptTokens + inference.maxTokens },
    program: 'native',
  })
  const parts = `${bytes(estimate.weightsBytes)} of weights and ${bytes(estimate.kvBytes)} of KV cache`
  const tooLarge = (allowed: string): Refusal[] => [{ field: 'model.name', value: `"${model.name}"`, allowed }]
  if (gpus.length === 0) {
    if (hostAvailableBytes.state === 'absent') return []
    const neededBytes = estimate.heldBytes * replicas
    if (neededBytes <= hostAvailableBytes.value) return []
    const times = replicas === 1 ? '' : `${replicas} × `
    return tooLarge(
      `what fits into ${bytes(hostAvailableBytes.value)} of host memory; ` +
        `it takes ${times}${bytes(estimate.heldBytes)} at least, ${parts} in it`,
    )
  }
  const used = gpus.toSorted((a, b) => b.totalBytes - a.totalBytes).slice(0, model.tensorParallelSize)
  const smallestBytes = Math.min(...used.map(({ totalBytes }) => totalBytes))
  const neededBytes = (estimate.weightsBytes + estimate.kvBytes) / used.length
  if (neededBytes <= inference.gpuMemoryUtilization * smallestBytes) return []
  if (neededBytes > smallestBytes)
    return tooLarge(
      `what fits into ${bytes(smallestBytes)} of each GPU; it takes ${bytes(neededBytes)} of each, ${parts}`,
    )
  const least = Math.ceil((neededBytes / smallestBytes) * 100) / 100
  return [
    {
      field: 'inference.gpu_memory_utilization',
      value: String(inference.gpuMemoryUtilization),
      allowed: `${least} to 1, as ${model.name} takes ${bytes(neededBytes)} of the ${bytes(smallestBytes)} of each GPU, ${parts}`,
    },
  ]
}

const bytes = (value: number): string => formatQuantity(value, 'bytes')
const count = (value: number): string => formatQuantity(value, 'count')
