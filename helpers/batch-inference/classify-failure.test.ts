import { describe, expect, test } from 'vitest'
import type { FailedRecord, FailureClass } from '../load/index.ts'
import known from './failure-texts.data.json' with { type: 'json' }
import { classifyFailure, type FailureKind, kindOfRequest } from './index.ts'

describe('an error is known by its own words', () => {
  test.for(known.texts)('$from: $kind', ({ text, kind, evidence }) => {
    expect(classifyFailure(text)).toEqual({ kind, evidence: expect.stringContaining(evidence) })
  })

  test('the cause wins over what came of it, wherever it stands', () => {
    const cause = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB'
    const consequence = 'vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.'
    for (const text of [`${cause}\n${consequence}`, `${consequence}\n${cause}`])
      expect(classifyFailure(text)).toEqual({ kind: 'memory exhaustion', evidence: cause })
  })

  test('an engine that was killed is not taken for one that ran out of memory', () => {
    expect(
      classifyFailure('it ended on its own: SIGKILL, which the kernel sends too when the memory runs out').kind,
    ).toBe('process died')
  })

  test('the evidence is short, and holds the words', () => {
    const { evidence } = classifyFailure(
      `${'x'.repeat(5000)} No available memory for the cache blocks ${'y'.repeat(5000)}`,
    )
    expect(evidence).toContain('No available memory for the cache blocks')
    expect(evidence.length).toBeLessThan(310)
  })

  test('nothing is unknown too', () => {
    expect(classifyFailure(' \n')).toEqual({ kind: 'unknown', evidence: '' })
  })
})

describe('a request by what was seen of it', () => {
  const failed = (failure: FailureClass, message: string, httpStatus: number | null = null) =>
    kindOfRequest({ failure, message, httpStatus } satisfies Partial<FailedRecord>)

  test.for<[FailureClass, string, number | null, FailureKind]>([
    ['stall', 'nothing for 120000 ms after 3 events with a token', 200, 'timeout'],
    ['first-byte-timeout', 'no token within 1800000 ms of sending', null, 'timeout'],
    ['connect', 'no connection: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)', null, 'process died'],
    ['connect', 'no connection: Connect Timeout Error (UND_ERR_CONNECT_TIMEOUT)', null, 'timeout'],
    ['proxy-error', 'proxy error: Could not establish connection', 200, 'process died'],
    ['connection-reset', 'the connection broke: other side closed (UND_ERR_SOCKET)', 200, 'unknown'],
    ['http-status', 'HTTP 500: CUDA error: out of memory', 500, 'memory exhaustion'],
    ['http-status', 'HTTP 500: Compute error.', 500, 'unknown'],
    ['http-status', 'HTTP 401: no body', 401, 'configuration'],
    ['http-status', 'HTTP 504: no body', 504, 'timeout'],
    ['error-record', 'out of memory', 200, 'memory exhaustion'],
    ['wrong-length', "8 tokens asked for, the engine's usage says 7", 200, 'unknown'],
  ])('%s: %s', ([failure, message, status, kind]) => {
    expect(failed(failure, message, status)).toBe(kind)
  })
})
