import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/** A problem with a file, at its line. */
export interface Problem {
  line: number
  text: string
}

/** What a YAML text holds, and where. */
export type YamlSource =
  | { state: 'read'; value: unknown; lineOf(path: readonly PropertyKey[]): number }
  | { state: 'broken'; problems: Problem[] }

/** Reads one YAML 1.2 document. Warnings count: a tag that nobody knows changes what a value is. */
export function readYaml(text: string): YamlSource {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const lineAt = (offset: number): number => Math.max(1, lineCounter.linePos(offset).line)
  const troubles = [...document.errors, ...document.warnings]
  if (troubles.length > 0) {
    const problems = troubles.map(({ pos, message }) => ({ line: lineAt(pos[0]), text: message }))
    return { state: 'broken', problems }
  }
  try {
    return {
      state: 'read',
      value: document.toJS(),
      lineOf: path => lineAt(offsetOf(document.contents, path)),
    }
  } catch (error) {
    // An alias without its anchor, or aliases that would make the document explode.
    return { state: 'broken', problems: [{ line: 1, text: error instanceof Error ? error.message : String(error) }] }
  }
}

/** Where the deepest part of the path that is there begins: its key in a map, its item in a list. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let node = contents
  let offset = startOf(contents) ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

const startOf = (node: unknown): number | undefined =>
  isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined
