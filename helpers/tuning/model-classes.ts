import type { MeasuredTable } from '../observations/index.ts'
import { Footnotes } from './footnotes.ts'
import { MATRIX } from './tuning-run-of.ts'

/** Whether a class of models takes something, and how that is known. */
interface Answer {
  says: 'yes' | 'no' | 'partly' | 'with a plugin'
  evidence: 'seen' | 'documented'
  /** What was started, or where it is written. */
  source: string
}

const documented = (says: Answer['says'], source: string): Answer => ({ says, evidence: 'documented', source })

/** The smallest model of its architecture, whose weights vLLM made up, was loaded and answered. */
const seen = (says: Answer['says'], what: string): Answer => ({
  says,
  evidence: 'seen',
  source: `${what}, on the CPU build of vLLM 0.32.0`,
})

const listed = documented('yes', "vLLM's docs/models/supported_models.md lists its architectures")

const asynchronous = documented(
  'yes',
  'source of vLLM 0.32.0, config/vllm.py: the default of all models that generate, but of some ways of speculative ' +
    'decoding and of pipelines on the first model runner; a CPU never does',
)

const backends = "vLLM's docs/design/attention_backends.md"
const flashInfer = documented(
  'yes',
  `${backends}: heads of 64, 128 or 256 values; source of 0.32.0: compute capability 8.0 to 12.1`,
)

const offloading = "vLLM's docs/features/kv_offloading_usage.md"
const offload = documented('yes', `${offloading}: CUDA, ROCm and XPU, no class of models left out`)

const fp8 = documented(
  'yes',
  "vLLM's docs/features/quantization/quantized_kvcache.md: the attention backend decides, not the model",
)

interface ModelClass {
  models: string
  starts: Answer
  asynchronous: Answer
  flashInfer: Answer
  offload: Answer
  fp8: Answer
  /** What the class needs beside the plan's flags. */
  needs: string
}

const gguf = documented(
  'with a plugin',
  "vLLM's docs/features/quantization/gguf.md: with the plugin vllm-gguf-plugin alone, highly experimental, and maybe not " +
    'together with other features',
)

/** Such a model runs on it as long as vLLM has no implementation of its own, if Transformers has one. */
const transformers = seen('yes', "llama on the Transformers backend (vLLM's docs/models/supported_models.md)")

/** The plan's classes, and what is known of them on vLLM. */
const classes: readonly ModelClass[] = [
  {
    models: 'Qwen2.5, safetensors',
    starts: seen('yes', 'qwen2'),
    asynchronous,
    flashInfer,
    offload,
    fp8: seen('yes', 'qwen2'),
    needs: 'nothing',
  },
  {
    models: 'Qwen2.5, AWQ',
    starts: seen('yes', 'qwen2 with 4-bit AWQ weights'),
    asynchronous,
    flashInfer,
    offload,
    fp8: seen('yes', 'qwen2 with 4-bit AWQ weights'),
    needs: 'compute capability 7.5 or more, an Intel GPU or an x86 CPU; not AMD',
  },
  {
    models: 'Llama 3.x',
    starts: seen('yes', 'llama'),
    asynchronous,
    flashInfer,
    offload,
    fp8: seen('yes', 'llama'),
    needs: 'nothing',
  },
  {
    models: 'Mistral',
    starts: seen('yes', 'mistral'),
    asynchronous,
    flashInfer,
    offload,
    fp8: seen('yes', 'mistral'),
    needs: 'nothing',
  },
  {
    models: 'Vision models',
    starts: listed,
    asynchronous,
    flashInfer: documented(
      'partly',
      `${backends}: not where the tokens of an image see each other (multimodal prefix, as in Gemma 3)`,
    ),
    offload,
    fp8,
    needs: 'room for the encoder of images',
  },
  {
    models: 'Mixture of experts',
    starts: seen('yes', 'mixtral with 4 experts'),
    asynchronous,
    flashInfer: documented(
      'partly',
      `${backends}: latent attention (DeepSeek) has backends of its own, FLASHINFER_MLA among them`,
    ),
    offload,
    fp8: seen('yes', 'mixtral with 4 experts'),
    needs: 'several GPUs: --enable-expert-parallel',
  },
  {
    models: 'Very new architectures',
    starts: transformers,
    asynchronous,
    flashInfer,
    offload: documented(
      'partly',
      `${offloading}: with several kinds of KV cache (sliding windows, linear attention) a part of the memory stays unused`,
    ),
    fp8: transformers,
    needs: '--model-impl transformers to insist on it',
  },
  {
    models: 'GGUF',
    starts: seen('no', 'a file of qwen2 without the plugin (“… is not a valid JSON file”)'),
    asynchronous: gguf,
    flashInfer: gguf,
    offload: gguf,
    fp8: gguf,
    needs: "vllm-gguf-plugin and the model's own tokenizer; or llama-server, whose rows are a matrix of their own",
  },
]

/** Plan 004's model classes × optimisations on vLLM: no run decides it, so each cell says how it is known. */
export function modelClassTable(): MeasuredTable {
  const notes = new Footnotes()
  const cell = ({ says, evidence, source }: Answer): string => `${says}, ${evidence}${notes.mark(source)}`
  return {
    id: `${MATRIX}.model-classes`,
    title: 'Classes of models × optimisations of vLLM',
    columns: ['Models', 'Starts', 'Async scheduling', 'FlashInfer', 'KV offloading', 'FP8 KV cache', 'Needs'],
    rows: classes.map(({ models, starts, asynchronous, flashInfer, offload, fp8, needs }) => [
      models,
      ...[starts, asynchronous, flashInfer, offload, fp8].map(cell),
      needs,
    ]),
    notes: notes.lines(),
  }
}
