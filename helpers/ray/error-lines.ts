import { stripVTControlCharacters } from 'node:util'

/** The lines of a job's log that speak of an error, without colours: those of Ray, of the driver and of the engines. */
export const errorLines = (log: string): string[] =>
  stripVTControlCharacters(log)
    .split('\n')
    .filter(line => /\berror\b|Error:|\(OOM\)/i.test(line))
