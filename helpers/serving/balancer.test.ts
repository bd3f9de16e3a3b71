import { expect, test } from 'vitest'
import { CouldNotMeasureError } from '../errors.ts'
import { Balancer, unevenness } from './index.ts'

/** A request that ends when the test says so. */
function asked(balancer: Balancer): { instance: string; end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let chosen = ''
  void balancer.send(instance => {
    chosen = instance
    return promise
  })
  return { instance: chosen, end: resolve }
}

test('requests go to each in turn while all have as many', () => {
  const balancer = new Balancer(['a', 'b', 'c'])
  expect(Array.from({ length: 7 }, () => asked(balancer).instance)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a'])
})

test('a slow instance gets less: the next one goes to who has fewest', async () => {
  const balancer = new Balancer(['slow', 'fast'])
  asked(balancer)
  for (let i = 0; i < 5; i++) {
    const request = asked(balancer)
    expect(request.instance).toBe('fast')
    request.end()
    await new Promise(resolve => setImmediate(resolve))
  }
})

test('one that fails is no longer busy', async () => {
  const balancer = new Balancer(['a', 'b'])
  await expect(balancer.send(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect([asked(balancer).instance, asked(balancer).instance]).toEqual(['b', 'a'])
})

test('without instances there is nothing to balance', () => {
  expect(() => new Balancer([])).toThrow(CouldNotMeasureError)
})

test('unevenness by hand', () => {
  expect(unevenness([10, 10, 10])).toBe(0)
  expect(unevenness([10, 8, 9])).toBeCloseTo(0.2)
  expect(unevenness([10, 0])).toBe(1)
  expect(unevenness([0, 0])).toBeNaN()
})
