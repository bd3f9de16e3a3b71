import { basename } from 'node:path'

/**
 * How an image is made to run a program with arguments. An entrypoint that is the program is kept, wherever it lies in
 * the image, and what it already says is not said again (`vllm serve`). Any other is replaced.
 */
export function containerCommand(
  program: string,
  words: string[],
  imageEntrypoint: string[],
): { entrypoint: string[]; command: string[] } {
  const [first, ...said] = imageEntrypoint
  if (first === undefined || basename(first) !== basename(program)) return { entrypoint: [program], command: words }
  const repeats = said.every((word, index) => words[index] === word)
  return { entrypoint: imageEntrypoint, command: repeats ? words.slice(said.length) : words }
}
