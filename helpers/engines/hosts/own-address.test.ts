import { expect, test } from 'vitest'
import { isOwnAddress } from './own-address.ts'

test("a loopback address is this machine's, one of the documentation network is not", async () => {
  expect(await isOwnAddress('localhost')).toBe(true)
  expect(await isOwnAddress('127.0.0.1')).toBe(true)
  expect(await isOwnAddress('203.0.113.7')).toBe(false)
})
