/** Short English words: in nearly every tokenizer each is one token with the space in front of it. Order is part of a prompt. */
export const promptWords: readonly string[] = (
  'time year people way day man thing woman life child world school state family student group country problem hand part ' +
  'place case week company system program question work government number night point home water room mother area money ' +
  'story fact month lot right study book eye job word business issue side kind head house service friend father power ' +
  'hour game line end'
).split(' ')

/** Fill what is left when words take more than a token each. Some stand apart, some are glued to the word before. */
export const fillerCandidates: readonly string[] = [' a', ' I', ' 1', '.', ',', '!', 'x']
