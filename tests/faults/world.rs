//! Services of one trial alone, with proxies before them: all of it may be stopped, cut off and replaced.

use crate::database::FreshDatabase;
use crate::harness::{Broker, PrivateKafka, PrivatePostgres, Scene, until};
use crate::proxy::{Link, Proxy};
use crate::trial::Trial;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use std::path::Path;
use std::str::FromStr;

/// Broker and database of a trial.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kafka: PrivateKafka,
    primary: PrivatePostgres,
    standby: Option<PrivatePostgres>,
    /// The way of the workers to the database.
    pub(crate) link: Proxy,
    /// The way of the test, which is never at fault but leads to the primary.
    door: Proxy,
}

impl World {
    /// A trial in a world of its own.
    pub(crate) async fn with_trial(topics: usize, partitions: i32) -> (Self, Trial) {
        Self::around(PrivateKafka::new(), topics, partitions).await
    }

    /// The same with this broker.
    pub(crate) async fn around(kafka: PrivateKafka, topics: usize, partitions: i32) -> (Self, Trial) {
        let primary = PrivatePostgres::new();
        let (link, door) = (Proxy::before(&primary.address()), Proxy::before(&primary.address()));
        let server = format!("postgres://postgres@127.0.0.1:{}/postgres", door.port);
        let database = FreshDatabase::on(&server).await.given_parents().await;
        let broker = Broker {
            address: kafka.address(),
        };
        let scene = Scene::not_migrated_at(broker, database, topics)
            .prepared(partitions)
            .await;
        let mut trial = Trial::new(scene);
        let by_proxy = format!("127.0.0.1:{}", kafka.proxy.port);
        trial.scene.set("KAFKA__BROKERS", &by_proxy);
        trial.scene.reach_database_by(link.port);
        let world = Self {
            kafka,
            primary,
            standby: None,
            link,
            door,
        };
        (world, trial)
    }

    /// A session of an administrator.
    pub(crate) async fn administrator(&self) -> PgConnection {
        connect(&self.primary).await
    }

    pub(crate) async fn change_database(&self, statement: &'static str) {
        self.administrator().await.execute(statement).await.unwrap();
    }

    pub(crate) fn stop_database(&self) {
        self.primary.stop();
    }

    pub(crate) fn start_database(&self) {
        self.primary.start();
    }

    /// Ends every session of the workers.
    pub(crate) async fn end_sessions(&self) {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'audiohm-ingest'";
        self.change_database(end).await;
    }

    /// Opens sessions until there is no room for another, and ends those of the workers meanwhile.
    pub(crate) async fn take_all_connections(&self) -> Vec<PgConnection> {
        let mut sessions = vec![self.administrator().await];
        let options = PgConnectOptions::from_str(&self.primary.url()).unwrap();
        loop {
            while let Ok(session) = options.connect().await {
                sessions.push(session);
            }
            let of_workers = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                where application_name = 'audiohm-ingest'";
            let count: i64 = sqlx::query_scalar(of_workers)
                .fetch_one(&mut sessions[0])
                .await
                .unwrap();
            if count == 0 {
                return sessions;
            }
        }
    }

    pub(crate) async fn make_tablespace(&self, path: &Path) {
        let make = format!("create tablespace small location '{}'", path.display());
        self.administrator().await.execute(make.as_str()).await.unwrap();
    }

    /// Makes a standby that follows the primary.
    pub(crate) async fn follow(&mut self) {
        let standby = PrivatePostgres::standby_of(&self.primary);
        until("the standby follows", async || {
            let following = "select count(*) from pg_stat_replication where state = 'streaming'";
            let count: i64 = sqlx::query_scalar(following)
                .fetch_one(&mut self.administrator().await)
                .await
                .unwrap();
            count == 1
        })
        .await;
        self.standby = Some(standby);
    }

    /// The standby hears no more: what is committed from now on is lost with the primary.
    pub(crate) async fn leave_behind(&self) {
        let mut session = connect(self.standby.as_ref().unwrap()).await;
        session.execute("alter system set primary_conninfo = ''").await.unwrap();
        session.execute("select pg_reload_conf()").await.unwrap();
    }

    /// The workers come to the standby, which takes no writes.
    pub(crate) fn lead_to_standby(&self) {
        let standby = self.standby.as_ref().unwrap();
        self.link.lead_to(&standby.address());
        self.link.cut();
    }

    /// The primary is gone, and the standby takes its place.
    pub(crate) async fn fail_over(&mut self) {
        self.link.set(Link::Down);
        let standby = self.standby.take().unwrap();
        // dropped, it is stopped at once and its data removed
        drop(std::mem::replace(&mut self.primary, standby));
        let mut session = connect(&self.primary).await;
        session.execute("select pg_promote()").await.unwrap();
        session.execute("alter system reset primary_conninfo").await.unwrap();
        session.close().await.unwrap();
        for proxy in [&self.link, &self.door] {
            proxy.lead_to(&self.primary.address());
            proxy.cut();
        }
        self.link.set(Link::Pass);
    }
}

async fn connect(server: &PrivatePostgres) -> PgConnection {
    let options = PgConnectOptions::from_str(&server.url()).unwrap();
    options.connect().await.expect("the server answers")
}
