import type { TuningRow } from '../tuning-row.ts'

const gibibyte = 2 ** 30

/** A row as it is written below: what is left out is none. */
type Written = Pick<TuningRow, 'id' | 'title' | 'expected'> &
  Partial<Pick<TuningRow, 'needs' | 'conflicts' | 'insteadOf'>> & {
    arguments?: string[]
    environment?: Record<string, string>
    offloadGib?: number
  }

const offloading = (gib: number): string[] => ['--kv_offloading_backend', 'native', '--kv_offloading_size', `${gib}`]

const offloadingNeeds = (gib: number): string[] => [
  'CUDA, ROCm or XPU',
  `${gib} GiB of /dev/shm, all of it taken when vLLM starts (releases before August 2026 pin host memory instead)`,
]

const flashAttention = 'a GPU of compute capability 8.0 or more (FLASH_ATTN)'
const flashInfer = 'a GPU of compute capability 8.0 to 12.1 and the package flashinfer'
const asynchronous = 'a GPU: the CPU build drops async scheduling without a word'
const fp8 = '--kv-cache-dtype fp8 on compute capability 8.x and 12.x'

/**
 * The configurations of plan 004, its flags and variables letter by letter, and for each whose flags are gone or do
 * nothing today the one that does what it meant. Of vllm-project/vllm, #22138 took --num-scheduler-steps away, #28204
 * VLLM_USE_V1 and #32812 VLLM_ATTENTION_BACKEND; #27614 made async scheduling the default, #27621 brought
 * --kv_offloading_size, and #50094 put its memory into /dev/shm. Started with 0.32.0 on a CPU.
 */
const written: readonly Written[] = [
  {
    id: 'baseline',
    title: 'Baseline',
    environment: { VLLM_ATTENTION_BACKEND: 'FLASH_ATTN' },
    expected:
      'the reference of the plan; the variable is gone since January 2026, so this is how vLLM starts by itself',
  },
  {
    id: 'baseline-modern',
    title: 'Baseline today: FlashAttention, no async scheduling',
    arguments: ['--attention-backend', 'FLASH_ATTN', '--no-async-scheduling'],
    needs: [flashAttention],
    conflicts: [fp8, '--async-scheduling', '--attention-backend FLASHINFER'],
    expected: 'the true reference: without what vLLM switches on by itself since the plan was written',
    insteadOf: 'baseline',
  },
  {
    id: 'a',
    title: 'A: V1 engine + async scheduling',
    arguments: ['--async-scheduling'],
    environment: { VLLM_USE_V1: '1' },
    needs: [asynchronous],
    conflicts: ['--no-async-scheduling', 'some methods of speculative decoding'],
    expected: 'reduced GPU idle time; both are the default today, so no more than the baseline as written',
  },
  {
    id: 'a-modern',
    title: 'A today: async scheduling over the baseline',
    arguments: ['--attention-backend', 'FLASH_ATTN', '--async-scheduling'],
    needs: [flashAttention, asynchronous],
    conflicts: [fp8, 'some methods of speculative decoding'],
    expected: 'reduced GPU idle time: all that differs from the baseline today',
    insteadOf: 'a',
  },
  {
    id: 'b',
    title: 'B: multi-step scheduling',
    arguments: ['--num-scheduler-steps', '10'],
    needs: ['a vLLM from before August 2025, which had the flag'],
    expected: '~28 % more throughput, says the plan',
  },
  {
    id: 'b-modern',
    title: 'B today: async scheduling, answers handed over every 10 tokens',
    arguments: ['--attention-backend', 'FLASH_ATTN', '--async-scheduling', '--stream-interval', '10'],
    needs: [flashAttention, asynchronous],
    conflicts: [fp8, 'some methods of speculative decoding'],
    expected: 'less work of the host a token, as ten steps at a time had; tokens come in bursts of ten',
    insteadOf: 'b',
  },
  {
    id: 'c',
    title: 'C: FlashInfer attention',
    environment: { VLLM_ATTENTION_BACKEND: 'FLASHINFER' },
    expected:
      'better performance on Blackwell; the variable is gone since January 2026, so no more than the baseline as written',
  },
  {
    id: 'c-modern',
    title: 'C today: FlashInfer over the baseline',
    arguments: ['--attention-backend', 'FLASHINFER', '--no-async-scheduling'],
    needs: [flashInfer],
    conflicts: ['--attention-backend FLASH_ATTN'],
    expected: 'better performance on Blackwell: all that differs from the baseline today',
    insteadOf: 'c',
  },
  {
    id: 'd',
    title: 'D: KV offloading, 32 GiB',
    arguments: offloading(32),
    offloadGib: 32,
    needs: offloadingNeeds(32),
    expected: '2 to 9 times the throughput, by the share of prompts that were seen before',
  },
  {
    id: 'e',
    title: 'E: KV offloading, 64 GiB',
    arguments: offloading(64),
    offloadGib: 64,
    needs: offloadingNeeds(64),
    expected: 'more headroom for long conversations than D',
  },
  {
    id: 'kv-80',
    title: 'KV offloading, 80 GiB',
    arguments: offloading(80),
    offloadGib: 80,
    needs: offloadingNeeds(80),
    expected: 'the most that 94 GiB of host memory leave; a risk of running out of it under load, says the plan',
  },
  {
    id: 'f',
    title: 'F: FP8 KV cache',
    arguments: ['--kv-cache-dtype', 'fp8'],
    needs: [
      'an attention backend with FP8 keys and values: FlashInfer, Triton, the CPU build, FLASH_ATTN on 9.0 or 10.x',
    ],
    conflicts: ['--attention-backend FLASH_ATTN on compute capability 8.x and 12.x'],
    expected: 'twice the context in the memory of the GPU; where FLASH_ATTN has no FP8, vLLM changes the backend too',
  },
  {
    id: 'max',
    title: 'MAX: all of them',
    arguments: ['--async-scheduling', '--num-scheduler-steps', '10', ...offloading(64), '--kv-cache-dtype', 'fp8'],
    environment: { VLLM_USE_V1: '1', VLLM_ATTENTION_BACKEND: 'FLASHINFER' },
    offloadGib: 64,
    needs: ["B's vLLM from before August 2025 beside D's from November 2025 on: no version has both"],
    conflicts: ['--attention-backend FLASH_ATTN'],
    expected: 'the best throughput and the longest context; it cannot start on any vLLM as it is written',
  },
  {
    id: 'max-modern',
    title: "MAX today: without B's flag and the two variables",
    arguments: [
      ...['--attention-backend', 'FLASHINFER', '--async-scheduling'],
      ...offloading(64),
      ...['--kv-cache-dtype', 'fp8'],
    ],
    offloadGib: 64,
    needs: [flashInfer, asynchronous, ...offloadingNeeds(64)],
    conflicts: ['--attention-backend FLASH_ATTN'],
    expected: 'the best throughput and the longest context',
    insteadOf: 'max',
  },
]

/**
 * Rows of plan 004's matrix on vLLM. On a GPU all have the plan's share of its memory, 0.90; its model, its 32,768 tokens
 * of context and the pinned version are the load's and the start's.
 *
 * @param hasGpu Without one vLLM refuses to offload before it takes any memory (0.32.0), so trying does no harm.
 */
export const vllmRows = (hasGpu: boolean): TuningRow[] =>
  written.map(({ id, title, expected, needs = [], conflicts = [], insteadOf = null, ...change }) => ({
    id,
    title,
    change: {
      arguments: [...(hasGpu ? ['--gpu-memory-utilization', '0.90'] : []), ...(change.arguments ?? [])],
      environment: change.environment ?? {},
      settings: {},
      slots: null,
    },
    needs,
    hostBytes: hasGpu ? (change.offloadGib ?? 0) * gibibyte : 0,
    conflicts,
    expected,
    insteadOf,
  }))
