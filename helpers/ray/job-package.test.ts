import { strFromU8, unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { jobPackage } from './job-package.ts'

const files = { 'job.json': '{"a":1}', 'rows.jsonl': '{"id":"ü"}\n' }

test('holds the files at its root, under a name that is their digest', () => {
  const { name, bytes } = jobPackage(files)
  expect(name).toMatch(/^_ray_pkg_[0-9a-f]{32}\.zip$/)
  const found = Object.entries(unzipSync(bytes)).map(([path, content]) => [path, strFromU8(content)])
  expect(Object.fromEntries(found)).toEqual(files)
})

test('the same files make the same package, and others another one', () => {
  expect(jobPackage(files)).toEqual(jobPackage({ ...files }))
  expect(jobPackage({ ...files, 'job.json': '{}' }).name).not.toBe(jobPackage(files).name)
})
