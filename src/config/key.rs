//! The names that settings have, and the one that a wrong name was probably meant to be.

use super::reference;

/// The key under which librdkafka's own settings lie.
pub(super) const PROPERTIES: &str = "kafka.properties";

/// The keys of `default.toml`, in its order.
pub(super) struct Keys(Vec<String>);

impl Keys {
    pub(super) fn known() -> Self {
        Self(reference::reference().into_iter().map(|doc| doc.key).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.iter().any(|known| known == key)
    }

    pub(super) fn is_section(&self, name: &str) -> bool {
        self.sections().any(|section| section == name)
    }

    /// The key that `name` comes nearest to. One that differs in its section alone comes first.
    pub(super) fn nearest(&self, name: &str) -> &str {
        let leaf = |key: &str| key.rsplit('.').next().map(str::to_owned);
        let elsewhere = self.iter().find(|key| leaf(key) == leaf(name));
        elsewhere.or_else(|| closest(name, self.iter())).unwrap_or_default()
    }

    /// The section that `name` comes nearest to.
    pub(super) fn nearest_section(&self, name: &str) -> &str {
        closest(name, self.sections()).unwrap_or_default()
    }

    fn sections(&self) -> impl Iterator<Item = &str> {
        self.iter().filter_map(|key| Some(key.split_once('.')?.0))
    }
}

/// `sasl.password` of `kafka.properties.sasl.password`.
pub(super) fn property_of(key: &str) -> Option<&str> {
    key.strip_prefix(PROPERTIES)?.strip_prefix('.')
}

/// The candidate with the fewest edits to `name`; the first of several.
pub(super) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates.min_by_key(|candidate| strsim::osa_distance(name, candidate))
}
