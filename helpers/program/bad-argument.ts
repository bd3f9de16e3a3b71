import { BadInputError } from '../errors.ts'

/** What is wrong with the arguments of `npm run <program>`, and where they are explained. */
export const badArgument = (program: string, what: string): BadInputError =>
  new BadInputError(`npm run ${program}: ${what}. See \`npm run ${program} -- --help\`.`)

/**
 * What `parse` makes of the arguments, usually by node:util's parseArgs.
 *
 * @throws BadInputError for what it refuses
 */
export function checkedArguments<T>(program: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw badArgument(program, error instanceof Error ? error.message : String(error))
  }
}
