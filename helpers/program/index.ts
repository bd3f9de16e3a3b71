export { badArgument, checkedArguments } from './bad-argument.ts'
export { runProgram } from './run-program.ts'
