extension TaxonomyUtterances {
    /// Calculation, algebra, calculus, geometry, statistics, proofs, word problems.
    static let math = #"""
        [Anna|Mike|Priya|Carlos] [bought|picked|collected|has] @number [marbles|stickers|eggs|pencils|fish] and [twice|half|three times] as many [shells|pens|toys]. [She gave @number to her sister.|He lost @number of them.|] How many does [she|he] have [left|altogether|in total|now]?
        [Ben|Sofia|Grandma|A teacher] wants to [buy|build|paint|bake] @number [chairs|fences|cakes|boxes]. Each one [costs $@number|needs @number minutes|takes 3 cups of flour]. How [much will it cost|long will it take|many cups are needed] [in total|altogether]?
        [Last week|On Monday|This morning|Every day], [Leo|Nina|the bakery|my aunt] [walked|drove|sold|read] @number [miles|pages|loaves|kilometres]. [The next day it was @number more.|On Tuesday twice as many.] [How many miles|How many pages|How much] in all [in a week|over both days]?
        [Omar|Julie] earns $@number [an hour|a month|per lawn]. [He saves 1/4 of it and spends 1/3 on rent.|She works @number hours a week.] How much [money|] does [he|she] have [left|after a month|at the end of the year]?
        There are @number [students|boys|birds|cars|seats] in the [class|park|garage|bus]. [@number percent|One third|Half] of them [leave|are red|wear glasses]. How many [remain|are not|are left]?
        The [tower|bridge|tree|river] is @number feet [taller|longer] than the [house|road|fence]. Together they measure @number feet. How [tall|long] is the [tower|fence|road]?
        A [store|shop|restaurant] [sells|offers] [shirts|pizzas|tickets] for $@number each with a [10%|25%] discount. If [Kim|Raj] buys @number of them [and pays with $100|], [how much change|what does she pay|how much is saved]?
        [Tim|Rosa]'s [dog|brother|plant] weighs @number pounds [at 7 weeks|now] and [doubles|gains 5 pounds] [every month|by week 9]. How much does it weigh [after a year|in the end]?
        it takes [jack|her] @number minutes to [read a chapter|run a lap|wash a car]. how many [hours|minutes] for @number [chapters|laps|cars]?
        In the first [week|hour|round] [Eva|the team] [scored|wrote|planted] @number [points|pages|trees], in the second [30% of the rest|@number more]. How many [points|pages|trees] [are there|remain] at the end?
        A [box|jar|basket|theater] holds @number [balls|candies|rows of seats]. If [a quarter|@number] are [blue|taken|sold], how many are [not|still there]?
        the ratio of [cats to dogs|boys to girls|red to green] is 3:5 and there are @number in total. how many [cats|girls|green ones]?
        [solve|solve for x|find x|what is x if]: [2x + 5 = 17|x^2 - 5x + 6 = 0|3(x-2) = 4x + 1|\frac{x}{3} = 9]
        solve the [equation|inequality|system|differential equation] [x^2+3x-10=0|y' = 2y + x|2x+y=7, x-y=2|\sqrt{x+1} = 3|dy/dx = xy]
        what is [17 * 24|345+678|12% of @number|the square root of 1764|5 factorial|2^10|1000/8|15% of 240]
        calculate [@number * @number|@number divided by @number|@number + @number - @number|@number percent of @number]
        @number[+|*|/|-]@number[=|=?|]
        [find|compute|determine|evaluate] the [derivative|integral|limit|antiderivative] of [x^2 sin(x)|ln(x)/x|e^{2x}|(1+1/n)^n as n goes to infinity|\int_0^1 x^2 dx|3x^3 - 2x + 1]
        differentiate [f(x) = x^3 ln x|tan(2x)|y = e^x cos x] [with respect to x|step by step|]
        [find|what is] the [area|perimeter|volume|circumference] of a [triangle with sides 5, 12 and 13|circle with radius @number cm|rectangle @number by @number|sphere of diameter 6|cone with height 4]
        In triangle $ABC$, $AB = @number$ and $\angle C = 90^\circ$. Find [the length of $BC$|$\sin A$|the area of the triangle].
        Let $f(x) = [x^2 - 4x|\frac{1}{x-2}|2^x]$. [What is the value of $f(f(3))$?|Find the domain of $f$.|For what value of $x$ is $f(x) = 0$?]
        How many [positive integers|multiples of @number|divisors of @number|ways] [less than @number are divisible by 7|are there between 1 and @number|does $@number$ have|can 5 people sit in a row]?
        [prove|show] that [the square root of 2 is irrational|there are infinitely many primes|the sum of two even numbers is even|n^3 - n is divisible by 6|every bounded monotone sequence converges|the intersection of two subgroups is a subgroup]
        prove by induction that [1+2+...+n = n(n+1)/2|2^n > n^2 for n > 4]
        what is the probability of [rolling two sixes|drawing an ace|getting at least one head in three flips|two people sharing a birthday]
        a bag contains @number red and @number blue balls. two are drawn [without replacement|]. what is the probability that [both are red|they differ in colour]
        [tom|sara|a farmer|the school|maria] [has|buys|sells|bakes] @number [apples|books|tickets|cookies] and [gives away|eats|adds|buys] @number [more|of them]. how many [does she have|are left|are there] [now|in total]?
        [Janet|Mr. Lee|A baker|The shop] [sells|makes|earns] @number [cupcakes|dollars|shirts] [every day|per hour|a week]. [If each costs $3|If he works 5 days], how much [money does she make|does he earn] in @number days?
        a train travels @number km in @number hours. [what is its average speed|how long does it take for 300 km]?
        two trains leave [at the same time|] from stations @number miles apart [towards each other|]. when do they meet?
        A tank can be filled by one pipe in @number minutes and by another in @number minutes. How long do both take together?
        if [5 workers|3 machines] need @number hours, how many hours do [8 workers|12 machines] need
        [Liam|Emma] is twice as old as [his brother|her sister]. In @number years the sum of their ages will be @number. How old is each now?
        the price of a coat was reduced by 20% to $@number. what was the original price?
        i invest $@number at 5% compounded [monthly|annually], how much do i have after 10 years
        [convert|change] [0.375 to a fraction|5/8 to a percentage|@number degrees to radians|@number in binary|101101 to decimal]
        simplify [(x^2-9)/(x-3)|\sqrt{72}|3/4 + 5/6|(2a^3b)^2|log_2(32)|sin^2 x + cos^2 x]
        factor [x^2 - 7x + 12|6x^2+11x-10|a^3 - b^3]
        expand (x+2)^5
        [find|give] the [eigenvalues|determinant|inverse|rank] of the matrix (2 1; 1 3)
        what is the [gcd|lcm|least common multiple|greatest common divisor] of @number and @number
        [mean|median|mode|standard deviation|variance] of [3, 7, 7, 2, 9|these numbers: 12, 15, 11, 19]
        a sample of n = @number has mean 52 and standard deviation 8. [construct a 95% confidence interval|test the hypothesis that mu = 50|compute the z score of 60]
        The random variables X and Y are independent and [normal|uniform on (0,1)|Poisson with mean 3]. Find [the distribution of X+Y|P(X > Y)|E(XY)].
        what's the next number in the sequence 2, 6, 12, 20, 30
        what is the slope of the line through (1,2) and (4,8)
        [find|write] the equation of the [line|circle|parabola|tangent] [through (0,3) with slope 2|with center (1,-2) and radius 5|to y = x^2 at x = 3]
        graph y = 2x - 3 and find where it crosses the x axis
        [maximize|minimize] x*y subject to x + y = @number
        is @number [a prime number|divisible by 3|a perfect square]?
        how many seconds are in a [day|week|year]
        what is the remainder when 7^100 is divided by 5
        Compute $\sum_{k=1}^{@number} k^2$.
        Find the smallest positive integer $n$ such that $n^2 + n$ is divisible by @number.
        A regular hexagon has side length @number. What is the area of the circle inscribed in it? Express your answer in terms of $\pi$.
        the [fourier|laplace] transform of [e^{-t}|a square wave|t^2]
        taylor series of [sin x|e^x|ln(1+x)] around 0
        let G be a group of order @number. show that [it has a normal subgroup|G is abelian|it has an element of order 2]
        is the function f(x) = |x| differentiable at 0? [prove it|explain]
        explain how to [do long division|complete the square|multiply fractions|use the chain rule|find the inverse of a matrix]
        my kid needs help with [fractions|long division|percentages], how do i solve 3/4 of @number
        [give me|create|make] [10|5|20] [algebra|fraction|multiplication|calculus] [problems|exercises|questions] [with answers|for grade 5|]
        calculate my bmi, 1.78 m and 82 kg
        how much is [@number usd a month over 3 years|a 15% tip on $@number|a loan of 20000 at 4% over 5 years per month]
        what is the net present value of a project with cash flows -1000, 400, 400, 500 at 10%
        a ball is thrown upward at @number m/s. how high does it go?
        a @number kg block slides down a 30 degree incline. find the acceleration
        roger has @number tennis balls, he buys 2 more cans with 3 balls each. how many balls now
        [answer|final answer] in \boxed{}: what is $@number \times @number$?
        [resuelve|resolver] [la ecuación|] [2x + 3 = 11|x^2 - 4 = 0|3x-5=10]
        cuánto es [@number por @number|el 20% de @number|la raíz cuadrada de 144]
        [calcule|résous|trouve] [l'intégrale de x^2|l'équation 3x + 2 = 8|la dérivée de sin(x)]
        combien font @number fois @number
        [berechne|löse] [die ableitung von x^3|die gleichung 2x + 4 = 10|das integral von e^x]
        wie viel ist @number [mal|geteilt durch|plus] @number
        [calcule|resolva] [a derivada de x^2|a equação 2x+1=7|@number% de @number]
        [реши|решите] [уравнение 2x + 5 = 15|задачу|систему уравнений]
        сколько будет @number [умножить на|плюс|разделить на] @number
        [解方程|计算|求][2x+3=9|x^2-5x+6=0|@number乘以@number|函数的导数]
        小明有@number个苹果，给了朋友@number个，还剩多少个？
        [計算して|解いて][ください|]: @number × @number
        @number 곱하기 @number 은 얼마야
        [risolvi|calcola] [l'equazione 2x + 3 = 7|la derivata di x^2|il @number% di @number]
        [oblicz|rozwiąż] [równanie 2x+4=10|pochodną x^2]
        @number [çarpı|artı] @number kaç eder
        berapa @number [dikali|ditambah|dibagi] @number
        حل المعادلة 2x + 3 = 7
        """#
}
