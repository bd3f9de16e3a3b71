import { expect, test } from 'vitest'
import { namedFiles } from './named-files.ts'

test('files by URL, and programs beside the module with its extension', () => {
  const source = `
    const driver = new URL('./driver/job.py', import.meta.url)
    const script = fileURLToPath(siblingModule(import.meta.url, 'guard'))
    const plan = readFileSync(new URL(
      "../plan.yaml",
      import.meta.url,
    ))`
  expect(namedFiles(source, '.js')).toEqual(['./driver/job.py', '../plan.yaml', 'guard.js'])
  expect(namedFiles(source, '.ts')).toEqual(['./driver/job.py', '../plan.yaml', 'guard.ts'])
})

test('what is imported, or is no file beside the module, is not one', () => {
  const source = `
    import { guard } from './guard.ts'
    const url = new URL('/metrics', origin)
    const require = createRequire(import.meta.url)`
  expect(namedFiles(source, '.ts')).toEqual([])
})
