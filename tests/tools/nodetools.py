"""The npm tools."""
import json

import realtools


class NodeProject(realtools.Project):
    module = "commonjs"
    packages = realtools.HERE  # whose package.json and lock file

    def start(self):
        self.node = realtools.node_tools(self.packages)
        above = self.folder.parent / "node_modules"  # not in the project: it holds every tool, and would be evidence of each
        if not above.is_symlink():
            above.symlink_to(self.node / "node_modules")
        self.write("package.json", json.dumps({"name": "case", "private": True, "type": self.module}))

    def environment(self):
        return {**super().environment(), "CI": "1", "CHECKPOINT_DISABLE": "1"}

    def bin(self, name, *words, **options):
        return self.run("node", self.node / "node_modules" / ".bin" / name, *words, **options)
