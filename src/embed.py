"""Turns a text file into a C file that holds it as an array: embed.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read() + b"\0"
with open(target, "w") as file:
    file.write(f"extern const char {name}[];\nconst char {name}[] = {{\n")
    for at in range(0, len(data), 16):
        file.write("    " + " ".join(f"{byte}," for byte in data[at:at + 16]) + "\n")
    file.write("};\n")
