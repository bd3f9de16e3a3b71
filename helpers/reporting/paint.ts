import { styleText } from 'node:util'

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'magenta' | 'dim' | 'bold'

/** Colours a piece of text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

/** Colours for a stream that shows them: a terminal, without NO_COLOR. */
export const paintFor =
  (stream: NodeJS.WritableStream): Paint =>
  (colour, text) =>
    styleText(colour, text, { stream })

export const plainPaint: Paint = (_, text) => text
