//! What every test here stands on.

mod encode;
mod http;
mod log;
mod parts;
mod private;
mod roles;
mod scene;
mod script;
mod wait;
mod worker;

pub(crate) use encode::{Form, Means, Sent};
pub(crate) use http::{get, sample};
pub(crate) use log::Broker;
pub(crate) use parts::parts;
pub(crate) use private::{Gate, PrivateKafka, PrivatePostgres, free_port};
pub(crate) use roles::{OWNER, READER, WORKER, as_role, give_rights};
pub(crate) use scene::{Progress, Scene, count};
pub(crate) use script::{Script, seed};
pub(crate) use wait::{PATIENCE, eventually, until};
pub(crate) use worker::Worker;
