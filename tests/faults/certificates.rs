//! A client's certificate that runs out while the client is at work, and is replaced on disk.

use crate::harness::{PrivateKafka, get, until};
use crate::trial::RECOVERY;
use crate::world::World;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, sleep_until};

const SETTINGS: &str = "[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
rand_serial = yes
unique_subject = no
policy = names
[names]
commonName = supplied
[address]
subjectAltName = IP:127.0.0.1
";

/// Signs certificates, all of them in its directory.
struct Authority {
    directory: TempDir,
}

impl Authority {
    /// With a certificate for the broker.
    fn new() -> Self {
        let directory = TempDir::with_prefix_in("ingest-certificates-", "/tmp").unwrap();
        let authority = Self { directory };
        fs::write(authority.path("settings"), SETTINGS).unwrap();
        fs::write(authority.path("index"), "").unwrap();
        authority.key("ca", &["-x509", "-days", "2", "-out", "ca.pem"]);
        authority.key("broker", &["-out", "broker.request"]);
        authority.key("client", &["-out", "client.request"]);
        authority.sign("broker", "1 day");
        let read = |name| fs::read_to_string(authority.path(name)).unwrap();
        fs::write(authority.path("broker.pem"), read("broker.key") + &read("broker.crt")).unwrap();
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn key(&self, name: &str, more: &[&str]) {
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let (subject, key) = (format!("/CN={name}"), format!("{name}.key"));
        let own = ["-subj", &subject, "-keyout", &key];
        self.run("openssl", &[&["req"], &curve[..], &own, more].concat());
    }

    /// Puts a certificate that is good for so long in the place of the one before, whole.
    fn sign(&self, name: &str, time: &str) {
        let end = self.run("date", &["-u", "-d", time, "+%Y%m%d%H%M%SZ"]);
        let (request, new) = (format!("{name}.request"), format!("{name}.new"));
        let how = [
            "ca",
            "-batch",
            "-notext",
            "-config",
            "settings",
            "-extensions",
            "address",
        ];
        let what = [
            "-startdate",
            "20200101000000Z",
            "-enddate",
            end.trim(),
            "-in",
            &request,
            "-out",
            &new,
        ];
        self.run("openssl", &[&how[..], &what].concat());
        fs::rename(self.path(&new), self.path(&format!("{name}.crt"))).unwrap();
    }

    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ran_out_is_waited_for_and_its_successor_is_read_by_the_next_process() {
    let authority = Authority::new();
    let kafka = PrivateKafka::with_certificates(authority.directory.path());
    let (world, mut trial) = World::around(kafka, 2, 2).await;
    let settings = [("CA", "ca.pem"), ("CERTIFICATE", "client.crt"), ("KEY", "client.key")];
    trial.scene.set("KAFKA__PROPERTIES__SECURITY_PROTOCOL", "ssl");
    for (setting, file) in settings {
        let path = authority.path(file);
        trial.scene.set(
            &format!("KAFKA__PROPERTIES__SSL_{setting}_LOCATION"),
            path.to_str().unwrap(),
        );
    }

    authority.sign("client", "10 seconds");
    let run_out = Instant::now() + Duration::from_secs(11);
    trial.send(200);
    let mut worker = trial.scene.start(&["run"]);
    let address = worker.address().await;
    trial.stored().await;
    sleep_until(run_out).await;
    trial.send(200);
    trial.stored().await;
    println!("connections go on with a certificate that has run out");

    world.kafka.proxy.cut();
    trial.faults += 1;
    trial.send(200);
    until("the worker says that its certificate is refused", async || {
        let (status, body) = get(address, "/readyz").unwrap();
        status == 503 && body.contains("a broker refuses the certificate of this client")
    })
    .await;
    // it has looked for other files by then, and there are none
    sleep(Duration::from_secs(7)).await;
    let (_, body) = get(address, "/readyz").unwrap();
    assert!(
        body.contains("a broker refuses the certificate of this client"),
        "{body}"
    );
    until("the log says it, too", async || {
        worker.log().contains("a broker refuses the certificate")
    })
    .await;
    authority.key("client", &["-out", "client.request"]);
    until("half of a replacement is told and waited for", async || {
        let (_, body) = get(address, "/readyz").unwrap();
        body.contains("of which none can be made")
    })
    .await;
    assert!(trial.lag(&mut trial.scene.database.connect().await).await > 0);
    authority.sign("client", "1 hour");
    let replaced = Instant::now();
    let finished = worker.finished().await;
    assert_eq!(finished.code, Some(70), "{}", finished.stderr);
    let why = "ssl.certificate.location, ssl.key.location name other files than this process has read";
    assert!(finished.stderr.contains(why), "{}", finished.stderr);
    // as a supervisor does
    let worker = trial.scene.start(&["run"]);
    trial.stored().await;
    let took = replaced.elapsed();
    println!("all is stored {took:?} after the certificate was replaced");
    assert!(took < RECOVERY, "only after {took:?}");
    worker.stop().await;
    trial.judge("a certificate that ran out").await;
}
