import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as errors from '../helpers/errors.ts'
import { optionDefinitions } from '../helpers/options/index.ts'
import manifest from '../package.json' with { type: 'json' }

/** The pages say only what is there: links, commands, variables, files and folders that exist. */
const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'baselines/README.md',
  '.ci/engines/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Names that begin as options do and are none, each with what it is. */
const otherVariables: Readonly<Record<string, string>> = {
  TEST_BROWSER: 'the browser that tests of the suite itself use',
  ENGINES_HOME: 'where .ci/engines keeps the engines that it installs',
  PERF_MODLE: 'an option that is written wrongly, as an example',
}

const errorCodes = Object.values(errors)
  .filter(value => typeof value === 'function' && value !== errors.PerfError)
  .map(error => (Reflect.construct(error as new (message: string) => errors.PerfError, ['']) as errors.PerfError).code)

describe.for(pages)('%s', page => {
  const text = textOf(page)

  test('its links lead somewhere', () => {
    expect(linksOf(text).filter(link => !leadsSomewhere(page, link))).toEqual([])
  })

  test('the npm scripts that it names exist', () => {
    const named = [...text.matchAll(/npm (?:--\S+ )*run (?:--\S+ )*([a-z-]+(?::[a-z-]+)*)/g)].map(
      ([, script]) => script,
    )
    expect(named.filter(script => !Object.hasOwn(manifest.scripts, script ?? ''))).toEqual([])
  })

  test('its programs are run by the Node of the packages: the system may have an older one', () => {
    expect(
      [...text.matchAll(/(?<!npx )\bnode (?:helpers|scripts)\/[a-z][\w./-]*/g)].map(([command]) => command),
    ).toEqual([])
  })

  test('the variables and error codes that it names exist', () => {
    const options = Object.values(optionDefinitions).map(({ environmentName }) => environmentName)
    const known = new Set<string>([...options, ...errorCodes, ...Object.keys(otherVariables)])
    const named = [...text.matchAll(/\bPERF_[A-Z_]*[A-Z]\b/g)].map(([name]) => name)
    expect([...new Set(named)].filter(name => !known.has(name))).toEqual([])
  })

  test('the files and folders that it names exist', () => {
    const named = [...text.matchAll(/`((?:helpers|scripts|perf|docs|baselines|\.ci|\.github)\/[\w./-]*)`/g)]
    expect(named.map(([, path]) => path ?? '').filter(path => !existsSync(join(root, path)))).toEqual([])
  })
})

test('README leads to every page', () => {
  const targets = linksOf(textOf('README.md')).map(link => link.split('#')[0])
  expect(pages.filter(page => page.startsWith('docs/') && !targets.includes(page))).toEqual([])
})

test('the architecture names every folder of helpers', () => {
  const folders = readdirSync(join(root, 'helpers'), { withFileTypes: true }).filter(entry => entry.isDirectory())
  const text = textOf('docs/architecture.md')
  expect(folders.map(({ name }) => name).filter(name => !text.includes(`\`helpers/${name}\``))).toEqual([])
})

test('the architecture says what every dependency is for', () => {
  const { devDependencies, optionalDependencies, ...others } = manifest
  const direct = 'dependencies' in others ? (others.dependencies as object) : {}
  const names = Object.keys({ ...direct, ...devDependencies, ...optionalDependencies })
  const [, table = ''] = textOf('docs/architecture.md').split('\n## Dependencies\n')
  // Types of Node's own modules come with Node.
  expect(names.filter(name => name !== '@types/node' && !table.includes(name))).toEqual([])
})

test('every error code is explained', () => {
  const text = textOf('docs/troubleshooting.md')
  expect(errorCodes.length).toBeGreaterThan(0)
  expect(errorCodes.filter(code => !text.includes(`| \`${code}\` |`))).toEqual([])
})

test('the table of npm run conformance has its place', () => {
  const [, table = '', ...more] = textOf('docs/engines.md').split(/<!-- \/?conformance -->/)
  expect(table).toContain('| Check | ')
  expect(more).toHaveLength(1)
})

/** Targets of the links outside of code, other sites left out. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
  return targets.filter(target => !/^[a-z]+:/.test(target))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || anchorsOf(textOf(file)).includes(anchor)
}

/** As GitHub makes them of headings: lower case, without punctuation, dashes for spaces. */
const anchorsOf = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
