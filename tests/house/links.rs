//! Links from page to page lead somewhere.

use crate::source::{files_below, root, text_of};

#[test]
fn every_link_to_a_file_leads_to_one() {
    let pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned);
    let mut count = 0;
    for path in files_below("docs", "md").into_iter().chain(pages) {
        let folder = root().join(&path);
        let folder = folder.parent().expect("a page lies in a folder");
        for rest in text_of(&path).split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            count += 1;
            assert!(folder.join(target).exists(), "{path} links to {target}");
        }
    }
    assert!(count > 10, "only {count} links found");
}
