/**
 * One thing the project needs on the machine. `isCurrent` must be quick (it runs at every start: files are looked at,
 * programs are not started); `provide` finds or installs it and says what it did.
 *
 * @template [R=any]
 * @typedef {object} Step
 * @property {string} name key of its record in the stamp file
 * @property {string} title as shown
 * @property {(context: SetupContext, record: R) => boolean} isCurrent
 * @property {(context: SetupContext) => Promise<{ record: R, what: string }>} provide throws SetupError
 * @property {(context: SetupContext, record: R) => void} apply makes it known to what is started, through `context.env`
 */

/**
 * @typedef {object} SetupContext
 * @property {string} root the checkout
 * @property {string} toolsFolder private installs; deleting it is always safe
 * @property {NodeJS.ProcessEnv} env what the project's programs are started with; steps add to it
 * @property {string} node path of the Node to use
 * @property {string} pnpm path of pnpm's script
 * @property {(doing: string) => void} working tells what the running step is doing
 * @property {(text: string) => void} note tells what a person should know though setup goes on
 */

export {};
