import { Document, isNode, isSeq } from 'yaml'
import type { BatchConfiguration } from './configuration.ts'
import { fileFormOf } from './file-form.ts'

export interface YamlComments {
  /** Lines above everything. */
  top?: readonly string[]
  /** Lines above one configuration. */
  above?: (configuration: BatchConfiguration) => readonly string[]
}

/** The file that reads in again as the same configurations; at least one of them, or it does not. */
export function configurationsAsYaml(
  configurations: readonly BatchConfiguration[],
  { top = [], above = () => [] }: YamlComments = {},
): string {
  const document = new Document({ configurations: configurations.map(fileFormOf) })
  if (top.length > 0) document.commentBefore = comment(top)
  const list = document.get('configurations')
  for (const [index, configuration] of configurations.entries()) {
    const item = isSeq(list) ? list.items[index] : undefined
    const lines = above(configuration)
    if (isNode(item) && lines.length > 0) item.commentBefore = comment(lines)
  }
  return document.toString({ lineWidth: 0 })
}

/** Whatever a line holds stays in the comment. */
const comment = (lines: readonly string[]): string =>
  lines
    .flatMap(line => line.split(/[\r\n]+/))
    .map(line => ` ${line}`)
    .join('\n')
