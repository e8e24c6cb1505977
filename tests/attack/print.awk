# Prints the table of README.md: of `NAME<TAB>BEHIND` lines on stdin, and of `folder`/COLUMN.rows.
BEGIN {
    FS = "\t"
    count = split(columns, column, " ")
    head = "| attempt | behind it |"
    line = "|---|---|"
    for (i = 1; i <= count; i++) {
        head = head " " column[i] " |"
        line = line "---|"
        file = folder "/" column[i] ".rows"
        while ((getline row < file) > 0) {
            split(row, word, " ")
            answer[column[i], word[1]] = word[2]
        }
        close(file)
    }
    print head
    print line
}

{
    row = "| " $1 " | " $2 " |"
    for (i = 1; i <= count; i++)
        row = row " " answer[column[i], $1] " |"
    print row
}
