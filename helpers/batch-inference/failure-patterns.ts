import type { FailureKind } from './failure-kind.ts'

/** Words by which a failure is known for what it is. */
interface FailurePattern {
  kind: Exclude<FailureKind, 'unknown'>
  /** Tried on one line of a text at a time. */
  line: RegExp
}

/**
 * In the order in which they are looked for. An error comes wrapped in others (a worker's in Ray's, an engine process's in
 * vLLM's), and the outer ones only say that something ended: so the causes stand before their consequences, and words that
 * many errors share at the end. Where each text comes from is in failure-texts.data.json.
 */
export const failurePatterns: readonly FailurePattern[] = [
  // Memory of a GPU: CUDA, PyTorch, llama.cpp, vLLM's look before it starts.
  {
    kind: 'memory exhaustion',
    line: /\bCUDA (error: )?out of memory|\bHIP out of memory|cudaMalloc failed|ErrorOutOfDeviceMemory/,
  },
  { kind: 'memory exhaustion', line: /Free memory on device .* is less than desired GPU memory utilization/ },
  // Of the KV cache.
  { kind: 'memory exhaustion', line: /No available memory for the cache blocks/ },
  {
    kind: 'memory exhaustion',
    line: /max seq len \(\d+\).* KV cache|is larger than the (available|maximum).* KV cache/,
  },
  {
    kind: 'memory exhaustion',
    line: /failed to allocate (buffer|\w+ buffer)|unable to allocate \S+ buffer|insufficient memory \(attempted/,
  },
  // Of the host.
  { kind: 'memory exhaustion', line: /requires more system memory|too large for the available (RAM|VRAM)/ },
  { kind: 'memory exhaustion', line: /Insufficient space in \/dev\/shm/ },
  { kind: 'memory exhaustion', line: /can't allocate memory|[Cc]annot allocate memory|std::bad_alloc|\bMemoryError\b/ },
  { kind: 'memory exhaustion', line: /\bOutOfMemoryError\b|\bout of memory\b|\bout-of-memory\b|\bOOM[- ]kill/i },
  { kind: 'memory exhaustion', line: /running low on memory/ },

  // Ray, and this suite about it: nothing there can give what was asked for.
  {
    kind: 'no resources',
    line: /waits? for resources|waiting for resources|Insufficient resources|cannot be scheduled right now/,
  },
  { kind: 'no resources', line: /No available node types can fulfill|PlacementGroupSchedulingError|infeasible/i },

  // A value that is refused: at the start.
  {
    kind: 'configuration',
    line: /unrecognized arguments|error: invalid argument|unknown (argument|option|flag)|invalid choice/i,
  },
  {
    kind: 'configuration',
    line: /must be divisible by tensor parallel size|World size \(\d+\) is larger than the number of available/,
  },
  // Pydantic says what is wrong on the line after.
  { kind: 'configuration', line: /^Value error, / },
  { kind: 'configuration', line: /got an unexpected keyword argument/ },
  { kind: 'configuration', line: /validation errors? for \w+|\bValidationError\b/ },
  {
    kind: 'configuration',
    line: /unknown model architecture|failed to open GGUF file|failed to load model from|not a local folder and is not a valid model|\bENOENT\b|[Nn]o such file or directory/,
  },
  { kind: 'configuration', line: /this workload needs \d+|cannot be loaded with/ },
  // With a request.
  {
    kind: 'configuration',
    line: /exceeds the available context size|maximum context length is|exceeds the context length|cannot be greater than max_model_len/,
  },
  { kind: 'configuration', line: /model .* (not found|does not exist)/i },
  // More requests at once than its queue is set to take (OLLAMA_MAX_QUEUE).
  { kind: 'configuration', line: /maximum pending requests exceeded/ },

  // A process that ended.
  { kind: 'process died', line: /\bEngineDeadError\b|EngineCore (encountered|died)|Engine core proc .* died/ },
  {
    kind: 'process died',
    line: /\b(ActorDiedError|RayActorError|WorkerCrashedError|NodeDiedError|LocalRayletDiedError)\b/,
  },
  {
    kind: 'process died',
    line: /ended on its own|^proxy error:|runner has unexpectedly stopped|process has terminated|running the model: unexpected EOF/,
  },
  { kind: 'process died', line: /[Ss]egmentation fault|core dumped|\bSIG(KILL|SEGV|ABRT)\b|\bECONNREFUSED\b/ },

  { kind: 'timeout', line: /\bGetTimeoutError\b|\bTimeoutError\b|\btimed[ -]out\b|\bETIMEDOUT\b|_TIMEOUT\b/i },
  { kind: 'timeout', line: /no token within \d+ ms|nothing for \d+ ms after/ },

  // Said of values mostly, and by too many errors to come before the others.
  { kind: 'configuration', line: /\bValueError\b|invalid_request_error|BadRequestError|type_error/ },
]
