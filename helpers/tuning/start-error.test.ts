import { describe, expect, test } from 'vitest'
import { CouldNotMeasureError, EngineCrashedError, EngineStartError } from '../errors.ts'
import { startErrorOf } from './start-error.ts'
import recorded from './start-logs.data.json' with { type: 'json' }

const vllm = recorded['vllm 0.32.0, CPU']
const llamaServer = recorded['llama-server 0.7.0']
const ollama = recorded['ollama 0.33.0-rc2']

interface Recorded {
  error: string[] | null
  lines: string[]
}

/** As the engine's start threw it; llama-server was started by hand. */
const errorOf = ({ error }: Recorded): EngineStartError =>
  new EngineStartError((error ?? ['It did not start.']).join('\n'))

describe('why it did not start, in its own words', () => {
  test.for([
    ['a flag that is gone', vllm.b, 'vllm: error: unrecognized arguments: --num-scheduler-steps 10'],
    ['MAX as written', vllm.max, 'vllm: error: unrecognized arguments: --num-scheduler-steps 10'],
    [
      "a worker's exception, with those of two other processes after it",
      vllm.d,
      'Exception: CPU Offloading is currently only supported on CUDA-alike and XPU GPUs',
    ],
    [
      'the last of exceptions that led to each other',
      vllm.gguf,
      "OSError: It looks like the config file at '/models/tiny-qwen2-q4_0-seed1-d5f49eb68332.gguf' is not a valid JSON file.",
    ],
    ['an unknown flag', llamaServer.flag, 'error: invalid argument: --no-such-flag'],
    [
      'a value that is none',
      llamaServer.value,
      'error while handling argument "-ctk": Unsupported cache type: nonsense',
    ],
    [
      'two settings that exclude each other',
      llamaServer.kvfa,
      'llama_init_from_model: quantized V cache requires flash_attn to be enabled',
    ],
    [
      'a file that is not there',
      llamaServer.missing,
      "gguf_init_from_file: failed to open GGUF file '/nonexistent.gguf' (No such file or directory)",
    ],
    ['an unknown flag of Ollama', recorded['ollama 0.17.4'].flag, 'Error: unknown flag: --no-such-flag'],
    [
      'a load that Ollama could not carry out',
      ollama['off-q8'],
      'llama-server process has terminated: exit status 1: llama_init_from_model: quantized V cache requires flash_attn to be enabled',
    ],
    [
      "what Ollama's own child said",
      ollama.nonsense,
      'error while handling argument "--cache-type-k": Unsupported cache type: nonsense',
    ],
  ] as const)('%s', ([, run, words]) => {
    expect(startErrorOf(errorOf(run), run.lines).error).toBe(words)
  })

  test.for([
    [
      ['[tiny] warn: Failed simulating', '[tiny] error: llama_init_from_model: quantized V cache requires flash_attn'],
      'llama_init_from_model: quantized V cache requires flash_attn',
    ],
    [['[tiny] cannot load the model: Failed to create context'], 'cannot load the model: Failed to create context'],
  ] as const)('the embedded engine tells it under the name of the model: %s', ([lines, words]) => {
    const message = [
      'tiny could not be loaded (exit code 1).',
      'Its last log lines:',
      ...lines.map(line => `  ${line}`),
    ]
    expect(startErrorOf(new EngineStartError(message.join('\n'))).error).toBe(words)
  })

  test("the error's own lines serve where the log was not kept", () => {
    expect(startErrorOf(errorOf(vllm.b))).toEqual(startErrorOf(errorOf(vllm.b), vllm.b.lines))
    const kept = new EngineStartError('It did not start.', { log: vllm.d.lines })
    expect(startErrorOf(kept)).toEqual(startErrorOf(errorOf(vllm.d), vllm.d.lines))
    // What the last lines hold is not the cause.
    expect(startErrorOf(errorOf(vllm.d)).error).toBe(
      'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
    )
  })

  test('a validation error says on its second line what is wrong', () => {
    const lines = [
      '(APIServer pid=9) pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig',
      "(APIServer pid=9)   Value error, Model architectures ['Nope'] are not supported [type=value_error, input_value=…]",
      '(APIServer pid=9)     For further information visit https://errors.pydantic.dev/2/v/value_error',
    ]
    expect(startErrorOf(new EngineStartError('It did not start: exit code 1.'), lines).error).toBe(
      "Value error, Model architectures ['Nope'] are not supported",
    )
  })
})

describe('ours, where the engine said nothing', () => {
  test('the first line of the error', () => {
    const killed = new EngineStartError(
      'vLLM serving m did not start: SIGKILL.\nIts last log lines:\n  INFO all is well',
    )
    expect(startErrorOf(killed, ['INFO all is well'])).toEqual({
      error: 'vLLM serving m did not start: SIGKILL.',
      unknownFlag: null,
    })
  })

  test('of an error that is not about the start, whatever was logged', () => {
    for (const error of [
      new CouldNotMeasureError('too little context'),
      new EngineCrashedError('too little context'),
    ]) {
      expect(startErrorOf(error, vllm.b.lines)).toEqual({ error: 'too little context', unknownFlag: null })
    }
    expect(startErrorOf('thrown by hand')).toEqual({ error: 'thrown by hand', unknownFlag: null })
  })
})

test('what is longer than a cell is cut', () => {
  const { error } = startErrorOf(new EngineStartError('no'), [`ValueError: ${'long '.repeat(100)}`])
  expect(error).toHaveLength(240)
  expect(error).toMatch(/^ValueError: long long .*…$/)
})
