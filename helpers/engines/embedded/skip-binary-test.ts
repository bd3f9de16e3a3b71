import { registerHooks } from 'node:module'

const testModule = '/node-llama-cpp/dist/bindings/utils/testBindingBinary.js'

/**
 * Has node-llama-cpp take its binary for the CPU as it is, in this process. It would run it in another process first, in
 * case it crashes: a third of a load. llama-binary.ts has done so once for all. Where another version of the library keeps
 * its test elsewhere, it goes on testing.
 */
export function skipBinaryTest(): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.endsWith(testModule)) return nextLoad(url, context)
      const original = JSON.stringify(`${url}?original`)
      const source = `export * from ${original}; export const testBindingBinary = async () => true`
      return { format: 'module', shortCircuit: true, source }
    },
  })
}
