/* Run in the page by the browser test: texts with too little contrast, each with its contrast. */
;(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  /** Any colour of CSS, as the browser itself paints it. */
  const painted = colour => {
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = colour
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map(value => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = painted(getComputedStyle(each).backgroundColor)
      if (colour[3] === 1) return colour
    }
    return painted('Canvas')
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const poor = new Set()
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.textContent?.trim()
    if (!element || !text || !element.checkVisibility() || element.closest('script, style, title, desc')) continue
    const style = getComputedStyle(element)
    const ink = painted(element.closest('svg') ? style.fill : style.color)
    const [dark, light] = [luminance(ink), luminance(groundOf(element))].toSorted((a, b) => a - b)
    const contrast = (light + 0.05) / (dark + 0.05)
    const isLarge = parseFloat(style.fontSize) >= 24
    if (contrast < (isLarge ? 3 : 4.5)) poor.add(`${contrast.toFixed(2)}: ${element.tagName} ${text.slice(0, 40)}`)
  }
  return [...poor]
})()
