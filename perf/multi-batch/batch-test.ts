import { type BatchRequest, test } from '../../helpers/index.ts'

/** `test` with `batches`: what one run of batches measured, once for all tests of a file. */
export const batchTest = (request: BatchRequest) =>
  test.extend('batches', { scope: 'file' }, ({ load }) => load.batches(request))

export type BatchTest = ReturnType<typeof batchTest>
