import { createHash } from 'node:crypto'

/**
 * A name as a part of a file's name: lower-case letters, digits, dots, underscores and single hyphens.
 * `qwen2.5-0.5b ÷ 16` becomes `qwen2.5-0.5b-div16`, `Qwen/Qwen3-0.6B` becomes `qwen-qwen3-0.6b`. A name in another
 * script would lose its letters, so it gets a short hash instead of them.
 */
export function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\s*÷\s*/g, '-div')
    .toLowerCase()
  const kept = plain
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/-+/g, '-')
    .replace(/^[-._]+|[-.]+$/g, '')
  const lostLetters = /[^\p{ASCII}]/u.test(plain.replace(/[^\p{L}\p{N}]/gu, ''))
  if (!lostLetters && kept !== '') return kept
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return kept === '' ? hash : `${kept}-${hash}`
}
