extension TaxonomyUtterances {
    /// Programming, scripts, queries, configuration, tools of developers; errors pasted without a word.
    static let code = #"""
        write a [python|] function to [find|calculate|compute|check|get|count|sort|convert|extract|generate|remove|print] the [nth fibonacci number|area of a circle|sum of a series|median of three numbers|longest common prefix|elements of a tuple|product of the array|largest sublist|number of vowels|volume of a cone|perimeter of a square|surface area of a sphere|maximum profit]
        write a function [that|to] [takes a list and returns its sum|find the third angle of a triangle|calculate the nth bell number|split a string at lowercase letters|flatten a nested tuple|check whether a number is a woodall number|multiply all items]
        from typing import List\n\n\ndef [parse|has_close|separate|below_zero](s: str) -> List[int]:\n    """ Input to this function is a string. [Your task is to|Return the|For each group] ...\n    >>> f('(()())')\n    [2, 1]\n    """
        [create|develop|set up] a smart contract in solidity for [voting|a token sale|an escrow]
        [generate|create] [an array|a two-dimensional array|a dictionary|a hash map|a matrix] [in code|with random values|from user input] in @program
        [write|create|give me|can you write|i need|make] [a|me a|] @program [function|script|program|code|class|method] that @task
        [please|] [write|implement] a function [to|that will] @task
        how [do i|can i|to] @task [in|with|using] [@program|@tech]
        [this|my] @program code [doesn't work|throws an error|gives the wrong output|is too slow], [can you fix it|what is wrong|help]\n\n@snippet
        fix this[:|] @snippet
        why does this [not work|fail|return nothing|crash]?\n\n@snippet\n\n@fault
        @fault
        i get "@fault" when i [run|build|compile|deploy] my [@tech|@program] [project|app|code], how do i fix it
        what does this code do\n@snippet
        [explain|walk me through] this code [line by line|to a beginner|]:\n\n@snippet
        @snippet
        [convert|translate|port|rewrite] this [code|function|] [to|into|from java to] @program\n\n@snippet
        refactor [this|the following code] [to be more readable|using async/await|into smaller functions]:\n@snippet
        write unit tests for [this function|the following class]\n\n@snippet
        add [comments|type hints|error handling|logging] to this code @snippet
        review my pull request: @snippet
        optimize this @program [loop|query|code], it takes [too long|5 minutes]
        what is the difference between [let and const|an interface and an abstract class|== and ===|a list and a tuple|inner join and left join|a process and a thread|git merge and git rebase|http and https in requests]
        how to install @tech on [ubuntu|windows|mac|a raspberry pi]
        how do i use @tech with @tech
        [set up|configure] @tech [for production|behind a proxy|with ssl|in a ci pipeline]
        [example|tutorial|sample code] of @tech [with|and] [authentication|a database|websockets|tests]
        @tech [vs|or] @tech for a [web app|mobile game|data pipeline]
        [build|make|create|code] [a|me a] [snake game|todo app|calculator|landing page|chat server|discord bot|chrome extension|telegram bot|rest api|portfolio website] [in|with|using] [@program|@tech]
        def [is_sorted|solve|count_vowels|two_sum|max_depth](x: list) -> [int|bool]:\n    """ Given a list, return [the index of the largest element|True if it is sorted|how many pairs add up to k].\n    >>> f([1, 2, 3])\n    3\n    """
        complete the [following|] function:\ndef foo(n):\n    # return the sum of squares up to n
        You are given an array of integers nums and an integer k. Return the [maximum sum of a subarray|number of pairs|length of the longest window]. Constraints: 1 <= nums.length <= 10^5. Input: nums = [1,2,3], k = 2 Output: 3
        There are n cards in a row. In each test case you may swap two of them. Print YES if it is possible, NO otherwise. The first line of the input contains t, the number of test cases. [Solve it in @program.|Read from stdin and print to stdout.]
        [leetcode|hackerrank|codeforces] [problem|solution] for [two sum|trapping rain water|word ladder|lru cache]
        regex [to match|that matches|for] [an ip address|a phone number|dates like 2020-01-31|everything between two brackets]
        write a sql query [to get|that returns] [the top 5 customers by revenue|duplicate rows|employees who earn more than their manager|the running total per month]
        excel formula to [sum cells by color|look up a value in another sheet|count unique names|split a full name into two columns]
        google sheets script that [copies|highlights|emails] rows where column b is [empty|overdue]
        vba macro to [loop through all sheets|save each sheet as pdf|delete blank rows]
        how do i center a div [horizontally and vertically|with flexbox|]
        css [to make|for] a [sticky navbar|responsive grid|rounded button with hover effect|dark mode toggle]
        how to [undo the last commit|resolve merge conflicts|delete a remote branch|squash commits] in git
        [dockerfile|docker compose file] for a [node|python|django|postgres and redis] app
        kubernetes [yaml|manifest|deployment] with [two replicas|a liveness probe|an ingress]
        write a [bash|powershell] [one-liner|script] to [find files larger than 100mb|kill a process on port 3000|rename every jpg|monitor disk space]
        cron expression for [every weekday at 6am|every 15 minutes]
        terraform module for an s3 bucket and a lambda
        [design|show me] the database schema for [an online shop|a library|a booking system|a social network]
        design a rest api for [a parking lot|a blog with comments|ride sharing]
        in unity how do i [make the player jump|spawn enemies every 5 seconds|rotate an object towards the mouse|save the game]
        roblox lua script for [a sword|a leaderboard|teleporting players]
        godot 4 gdscript [state machine|2d movement|inventory]
        arduino code to blink an led when [the temperature is above 30|a button is pressed]
        verilog module for a [4 bit counter|full adder|traffic light controller]
        assembly program that [adds two numbers|prints hello world]
        time complexity of [quicksort|this nested loop|inserting into a heap]
        implement [a linked list|dijkstra|a trie|an lru cache|merge sort|a thread pool|k-means|a neural network from scratch] in @program
        use [pandas|numpy|sklearn|pytorch|tensorflow] to [train a classifier|plot a histogram|drop missing values|fit a linear regression|fine tune bert]
        matplotlib [bar chart|scatter plot|subplot] with [labels|two y axes|error bars]
        my [react|vue|angular] component [re-renders too often|does not update|loses its state], [why|what am i doing wrong]
        typescript type for [an object with optional keys|a function that returns a promise|the values of an enum]
        how to mock [a database|an http call|the clock] in [pytest|jest|junit]
        what are [decorators in python|pointers in c|closures in javascript|generics in java|lifetimes in rust|goroutines|virtual functions]
        explain [async await|dependency injection|garbage collection|recursion|mvc|solid principles|microservices] with [code|an example in @program]
        json schema for [a user with an address|an order]
        convert this curl command to [python requests|fetch]: curl -X POST https://api.example.com/v1/items -H "Content-Type: application/json" -d '{"a": 1}'
        make a latex table with [three columns|merged cells]
        latex code for a [beamer slide|bibliography|matrix]
        how do i exit vim
        git commit message for a change that fixes the login timeout
        is there a way to [make this faster|do this without a loop|avoid the global variable]?\n@snippet
        now add [a search box|a database|pagination|a dark theme|input validation] to the [app|code|page]
        same thing but in [typescript|rust|c|kotlin]
        the button does nothing when i click it, here is my html and js @snippet
        pip install fails with error: subprocess-exited-with-error
        [crear|escribe|haz] [un programa|una función|un script] en [python|java|c++|javascript] que [sume dos números|ordene una lista|lea un archivo]
        cómo [hago|puedo hacer] una conexión a [mysql|una base de datos] en [php|java]
        tengo este error en mi código: @fault
        [écris|donne moi|crée] [un script|une fonction|un programme] [python|javascript|en c] qui [trie une liste|lit un fichier csv|calcule la moyenne]
        pourquoi ce code ne marche pas ? @snippet
        [schreibe|erstelle] [ein|eine] [python skript|funktion in java|sql abfrage|programm in c#], [das|die] [eine datei einliest|die summe berechnet|doppelte zeilen löscht]
        wie kann ich in [javascript|python|c++] [ein array sortieren|eine datei lesen|einen string umdrehen]
        [escreva|crie|faça] [um código|uma função|um programa] em [python|java|c] que [calcule a média|leia um arquivo|ordene uma lista]
        [напиши|сделай] [код|программу|скрипт|функцию] на [python|питоне|c++|java|javascript], [которая считает сумму|чтобы отсортировать список|который читает файл]
        как исправить ошибку @fault
        как в [unity|python|react|c#] [сделать прыжок|прочитать файл|обновить состояние]
        用[python|java|c++|javascript]写一个[函数|程序|脚本|爬虫][计算斐波那契数列|读取文件|排序数组|下载图片]
        这段代码有什么问题？ @snippet
        [pythonで|javaで|javascriptで][ファイルを読み込む|配列をソートする|apiを呼び出す][コードを書いて|プログラムを作成して|方法を教えて]
        [파이썬으로|자바로|c언어로] [리스트를 정렬하는|파일을 읽는] [코드를 작성해줘|프로그램 만들어줘]
        scrivi [una funzione|un programma] in [python|java] che [ordina una lista|legge un file]
        napisz [program|funkcję|skrypt] w [pythonie|javie|c++], [który sortuje listę|która liczy średnią]
        [python|java|php] ile [dosya okuyan|sayıları sıralayan] kod yaz
        buatkan [program|kode] [python|java|php] untuk [menghitung rata-rata|login]
        اكتب كود [بايثون|جافا] [لترتيب قائمة|لقراءة ملف]
        """#
}
